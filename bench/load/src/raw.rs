//! The raw broadcast: rooms of sockets, each frame repeated to all others in its room.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use load::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

type Room = Arc<Mutex<Vec<mpsc::UnboundedSender<Utf8Bytes>>>>;
type Rooms = Arc<Mutex<HashMap<String, Room>>>;

pub(crate) async fn serve(listen: SocketAddr) -> Result<(), Error> {
    let listener = TcpListener::bind(listen).await?;
    println!("{}", listener.local_addr()?);
    let rooms = Rooms::default();
    loop {
        let (stream, _) = listener.accept().await?;
        let rooms = Arc::clone(&rooms);
        // A socket that breaks off is its own affair.
        tokio::spawn(async move { drop(join(stream, rooms).await) });
    }
}

async fn join(stream: TcpStream, rooms: Rooms) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let socket = tokio_tungstenite::accept_async(stream).await?;
    let (mut sink, mut stream) = socket.split();
    let Some(Ok(Message::Text(name))) = stream.next().await else { return Ok(()) };
    let room =
        Arc::clone(rooms.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_string()).or_default());
    let (queue, mut waiting) = mpsc::unbounded_channel::<Utf8Bytes>();
    room.lock().unwrap_or_else(PoisonError::into_inner).push(queue.clone());
    tokio::spawn(async move {
        while let Some(frame) = waiting.recv().await {
            if sink.feed(Message::Text(frame)).await.is_err() {
                return;
            }
            // Whatever waits goes out with one flush.
            while let Ok(frame) = waiting.try_recv() {
                if sink.feed(Message::Text(frame)).await.is_err() {
                    return;
                }
            }
            if sink.flush().await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(Message::Text(frame))) = stream.next().await {
        let room = room.lock().unwrap_or_else(PoisonError::into_inner);
        for other in room.iter().filter(|other| !other.same_channel(&queue)) {
            drop(other.send(frame.clone()));
        }
    }
    Ok(())
}
