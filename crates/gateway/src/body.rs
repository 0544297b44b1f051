//! Reads request bodies with bounds on size, inflation and time.

use std::io::Read;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use flate2::read::GzDecoder;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the request is larger than {most} bytes")]
    TooLarge { most: usize },
    #[error("the request did not arrive within {0:?}")]
    Slow(Duration),
    #[error("the request broke off: {0}")]
    Broken(String),
    #[error("the content encoding {0:?} is not understood; send gzip or none")]
    Encoding(String),
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Gzip,
}

/// Reads the `Content-Encoding` header.
pub(crate) fn encoding(headers: &HeaderMap) -> Result<Encoding, BodyError> {
    match headers
        .get(header::CONTENT_ENCODING)
        .map(|value| value.to_str().unwrap_or("?"))
    {
        None | Some("identity") => Ok(Encoding::Plain),
        Some("gzip" | "x-gzip") => Ok(Encoding::Gzip),
        Some(other) => Err(BodyError::Encoding(other.chars().take(40).collect())),
    }
}

/// Reads a whole body of at most `most` bytes, also after inflation, within `time`.
pub(crate) async fn read_whole(
    body: Body,
    encoding: Encoding,
    most: usize,
    time: Duration,
) -> Result<Vec<u8>, BodyError> {
    let read = async {
        let mut stream = body.into_data_stream();
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| BodyError::Broken(error.to_string()))?;
            if bytes.len().saturating_add(piece.len()) > most {
                return Err(BodyError::TooLarge { most });
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    };
    let bytes = tokio::time::timeout(time, read)
        .await
        .map_err(|_| BodyError::Slow(time))??;
    match encoding {
        Encoding::Plain => Ok(bytes),
        Encoding::Gzip => tokio::task::spawn_blocking(move || inflate(&bytes, most))
            .await
            .map_err(|error| BodyError::Broken(error.to_string()))?,
    }
}

fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, BodyError> {
    let mut inflated = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    GzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut inflated)
        .map_err(|error| BodyError::Broken(format!("not gzip: {error}")))?;
    if inflated.len() > most {
        Err(BodyError::TooLarge { most })
    } else {
        Ok(inflated)
    }
}

/// A body as a blocking reader, for a thread that works through it while it arrives.
#[derive(Debug)]
pub(crate) struct BodyReader {
    pieces: mpsc::Receiver<std::io::Result<Bytes>>,
    current: Bytes,
}

impl BodyReader {
    /// Starts to take the body in; a pause longer than `stall`, more than `time` in all, or `ended` with its reason, ends it with an error.
    pub(crate) fn start(
        body: Body,
        stall: Duration,
        time: Duration,
        mut ended: oneshot::Receiver<String>,
    ) -> Self {
        let (sender, pieces) = mpsc::channel(4);
        let deadline = tokio::time::Instant::now() + time;
        tokio::spawn(async move {
            let mut stream = body.into_data_stream();
            loop {
                let slow = |what: &str, limit: Duration| {
                    std::io::Error::new(
                        std::io::ErrorKind::TimedOut,
                        format!("the client {what} {limit:?}"),
                    )
                };
                let next = tokio::select! {
                    biased;
                    reason = &mut ended => {
                        let reason = reason.unwrap_or_else(|_| "access can no longer be checked".to_owned());
                        let refused = std::io::Error::new(std::io::ErrorKind::PermissionDenied, reason);
                        let _ = sender.send(Err(refused)).await;
                        return;
                    }
                    () = tokio::time::sleep_until(deadline) => {
                        let _ = sender.send(Err(slow("took longer than", time))).await;
                        return;
                    }
                    next = tokio::time::timeout(stall, stream.next()) => next,
                };
                let piece = match next {
                    Ok(None) => return,
                    Ok(Some(piece)) => piece.map_err(std::io::Error::other),
                    Err(_) => Err(slow("sent nothing for", stall)),
                };
                let failed = piece.is_err();
                if sender.send(piece).await.is_err() || failed {
                    return;
                }
            }
        });
        Self {
            pieces,
            current: Bytes::new(),
        }
    }
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.current = piece?,
            }
        }
        let count = buffer.len().min(self.current.len());
        let piece = self.current.split_to(count);
        for (to, from) in buffer.iter_mut().zip(piece.iter()) {
            *to = *from;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[tokio::test]
    async fn a_gzip_bomb_stops_at_the_bound() {
        let bomb = gzip(&vec![0; 32 << 20]);
        assert!(bomb.len() < 64 << 10);
        let read = read_whole(Body::from(bomb), Encoding::Gzip, 1 << 20, Duration::from_secs(10)).await;
        assert!(matches!(read, Err(BodyError::TooLarge { most }) if most == 1 << 20));
        let read = read_whole(
            Body::from(gzip(b"0000")),
            Encoding::Gzip,
            64,
            Duration::from_secs(10),
        )
        .await;
        assert_eq!(read.unwrap(), b"0000");
    }

    #[tokio::test]
    async fn the_reader_gives_every_byte_in_order() {
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let (_going_on, ended) = oneshot::channel();
        let mut reader = BodyReader::start(
            Body::from(bytes.clone()),
            Duration::from_secs(5),
            Duration::from_secs(60),
            ended,
        );
        let read = tokio::task::spawn_blocking(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).map(|_| all)
        });
        assert_eq!(read.await.unwrap().unwrap(), bytes);
    }
}
