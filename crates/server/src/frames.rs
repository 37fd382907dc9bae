//! Counts the frames of a socket as its bytes arrive, below what puts messages together: a piece of a message that is never
//! whole, an empty one and a ping cost as much as anything that is said.
//!
//! Of a frame only its head is looked at (RFC 6455, section 5.2). What is in it is somebody else's affair.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::bucket::{Bucket, Rate};
use crate::clock::Clock;

/// A stream of frames that ends with [`TooFast`] where they come faster than its budget fills.
pub(crate) struct Metered<S> {
    stream: S,
    heads: Heads,
    rate: Rate,
    left: Bucket,
    clock: Clock,
}

/// More frames came than the connection may send.
#[derive(Debug, thiserror::Error)]
#[error("more frames than the connection may send")]
pub(crate) struct TooFast;

impl<S> Metered<S> {
    pub(crate) fn new(stream: S, rate: Rate, clock: Clock) -> Self {
        Self { stream, heads: Heads::default(), rate, left: Bucket::full(rate, clock.now_ms()), clock }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let metered = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut metered.stream).poll_read(context, buffer))?;
        let arrived = metered.heads.count(buffer.filled().get(before..).unwrap_or_default());
        let now_ms = metered.clock.now_ms();
        let fits = (0..arrived).all(|_| metered.left.take(metered.rate, 1, now_ms).is_ok());
        if fits {
            return Poll::Ready(Ok(()));
        }
        // Whoever is told of an error was given nothing.
        buffer.set_filled(before);
        Poll::Ready(Err(io::Error::other(TooFast)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

/// The longest head: two bytes, eight of the length, four of the mask.
const HEAD_BYTES_MAX: usize = 14;

/// Where in the frames a stream is.
#[derive(Default)]
struct Heads {
    head: [u8; HEAD_BYTES_MAX],
    head_bytes: usize,
    /// Of the frame whose head is whole.
    payload_bytes_left: u64,
}

impl Heads {
    /// How many heads become whole with these bytes.
    fn count(&mut self, mut bytes: &[u8]) -> usize {
        let mut whole = 0;
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.payload_bytes_left).unwrap_or(usize::MAX).min(bytes.len());
            self.payload_bytes_left -= skipped as u64;
            bytes = &bytes[skipped..];
            let Some((next, rest)) = bytes.split_first() else { break };
            self.head[self.head_bytes] = *next;
            self.head_bytes += 1;
            bytes = rest;
            if self.head_bytes == self.head_bytes_of() {
                self.payload_bytes_left = self.payload_bytes_of();
                self.head_bytes = 0;
                whole += 1;
            }
        }
        whole
    }

    /// How long the head is that has begun, as far as can be told.
    fn head_bytes_of(&self) -> usize {
        if self.head_bytes < 2 {
            return 2;
        }
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        mask + match self.head[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    fn payload_bytes_of(&self) -> u64 {
        match self.head[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes([self.head[2], self.head[3]])),
            127 => self.head[2..10].iter().fold(0, |length, byte| (length << 8) + u64::from(*byte)),
            short => u64::from(short),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// A masked frame as a client sends it.
    fn frame(first: u8, payload_bytes: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match payload_bytes {
            0..126 => frame.push(0x80 | payload_bytes as u8),
            126..0x1_0000 => {
                frame.push(0x80 | 126);
                frame.extend((payload_bytes as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((payload_bytes as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        // What looks like heads.
        frame.resize(frame.len() + payload_bytes, 0x80);
        frame
    }

    #[test]
    fn frames_are_counted_by_their_heads_however_the_bytes_arrive() {
        let frames = [0, 1, 125, 126, 65_535, 65_536].map(|payload_bytes| frame(0x01, payload_bytes));
        let bytes = frames.concat();
        for piece in [1, 2, 3, 7, 1_000, bytes.len()] {
            let mut heads = Heads::default();
            let counted: usize = bytes.chunks(piece).map(|bytes| heads.count(bytes)).sum();
            assert_eq!(counted, frames.len(), "in pieces of {piece}");
            assert_eq!((heads.head_bytes, heads.payload_bytes_left), (0, 0));
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_one_frame_and_nothing_after_it() {
        let mut heads = Heads::default();
        assert_eq!(heads.count(&[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]), 1);
        assert_eq!(heads.count(&[0x80; 1_000]), 0);
    }

    #[tokio::test]
    async fn as_many_as_fit_are_read_and_one_more_is_too_fast() {
        for (count, fits) in [(10, true), (11, false)] {
            let bytes = frame(0x00, 0).repeat(count);
            let mut metered = Metered::new(bytes.as_slice(), Rate::new(0.001, 10.0), Clock);
            let mut read = Vec::new();
            let outcome = metered.read_to_end(&mut read).await;
            let is_too_fast =
                outcome.is_err_and(|error| error.get_ref().is_some_and(|why| why.is::<TooFast>()));
            assert_eq!(is_too_fast, !fits, "{count} frames");
        }
    }
}
