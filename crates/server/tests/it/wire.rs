//! Sockets without a library around them, for what no library sends.

use std::net::SocketAddr;
use std::time::Duration;

use load::Error;
use load::player::SignIn;
use protocol::{ClientFrame, PROTOCOL_VERSION};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What is waited for comes within.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) const TEXT: u8 = 0x81;

/// A frame as it lies on the wire. Its mask changes nothing.
pub(crate) fn on_the_wire(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(short @ 0..126) => frame.push(0x80 | short as u8),
        Ok(long) => frame.extend([&[0x80 | 126][..], &long.to_be_bytes()].concat()),
        Err(_) => frame.extend([&[0x80 | 127][..], &(payload.len() as u64).to_be_bytes()].concat()),
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// A socket that was taken and to which nothing was said.
pub(crate) async fn bare_socket(server: SocketAddr) -> Result<TcpStream, Error> {
    let mut stream = TcpStream::connect(server).await?;
    let request = format!(
        "GET /api/v1/socket HTTP/1.1\r\nHost: {server}\r\nOrigin: http://{server}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let answer = heard(&mut stream, "\r\n\r\n").await?;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    Ok(stream)
}

pub(crate) fn hello(who: &SignIn) -> Result<Vec<u8>, Error> {
    let (access, table) = (who.access.clone(), who.table.clone());
    let hello = ClientFrame::Hello { protocol: PROTOCOL_VERSION, access, table };
    Ok(on_the_wire(TEXT, serde_json::to_string(&hello)?.as_bytes()))
}

/// What is said until these words or the end.
pub(crate) async fn heard(stream: &mut TcpStream, words: &str) -> Result<String, Error> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if text.contains(words) || timeout(PATIENCE, stream.read_buf(&mut bytes)).await?? == 0 {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
