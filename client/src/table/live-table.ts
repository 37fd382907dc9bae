/** A seat at a table: the connection, what it tells, and what it is asked, put together. */

import { type AccessSource, Connection, type SocketWays, browserSocketWays } from '../net/socket';
import { Commands, type CommandWays, browserCommandWays } from './commands';
import { Mirror } from './mirror.svelte';
import { TableState } from './table.svelte';

export interface LiveTable {
  readonly state: TableState;
  readonly commands: Commands;
  /** The table as somebody else sees it. */
  readonly mirror: Mirror;
  /** Leaves the table. */
  close(): void;
}

/** Sits down at a table and stays until `close`, through every cut of the network. */
export function openTable(
  table: string,
  source: AccessSource,
  ways: { socket: SocketWays; commands: CommandWays } = { socket: browserSocketWays, commands: browserCommandWays },
): LiveTable {
  const state = new TableState();
  const connection: Connection = new Connection(
    table,
    source,
    {
      onFrame: (frame) => {
        state.apply(frame);
        if (frame.type === 'mirrored' || frame.type === 'mirror_ended') mirror.apply(frame);
        if (frame.type !== 'update') return;
        if (frame.ack) commands.settle(frame.ack);
        if (frame.fresh) {
          commands.resend();
          // The handle of the seat may be another one now.
          mirror.lookAway();
        }
      },
      onOffline: () => state.goOffline(),
      onEnded: (reason) => {
        state.end(reason);
        commands.end();
      },
    },
    ways.socket,
  );
  const commands = new Commands(state, connection, ways.commands);
  const mirror = new Mirror(connection);
  return {
    state,
    commands,
    mirror,
    close: () => {
      connection.close();
      commands.end();
    },
  };
}
