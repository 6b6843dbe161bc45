//! How slowly a request may come, and an answer be taken: bytes that keep coming are let go on.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::error::Problem;

/// So much must come, or be taken, within each window. In 30 seconds that is 136 bits in a second: a radio link of
/// 2,400 bits in a second gets through with most of its packets lost.
pub const BYTES_IN_A_WINDOW: u64 = 512;

/// Reads a body. In each `window` some of it must come.
///
/// # Errors
/// [`Problem::TOO_LARGE`] beyond `limit_bytes`, [`Problem::TIMEOUT`] for one that comes too slowly, and
/// [`Problem::BAD_BODY`] for one that breaks off.
pub async fn read_body(body: Body, limit_bytes: usize, window: Duration) -> Result<Bytes, Problem> {
    let mut parts = body.into_data_stream();
    let (mut read, mut in_window) = (Vec::new(), 0);
    let mut until = Instant::now() + window;
    while let Some(part) = timeout_at(until, parts.next()).await.map_err(|_| Problem::TIMEOUT)? {
        let bytes = part.map_err(|_| Problem::BAD_BODY)?;
        if read.len() + bytes.len() > limit_bytes {
            return Err(Problem::TOO_LARGE);
        }
        read.extend_from_slice(&bytes);
        in_window += bytes.len() as u64;
        if in_window >= BYTES_IN_A_WINDOW {
            (until, in_window) = (Instant::now() + window, 0);
        }
    }
    Ok(read.into())
}

#[cfg(test)]
mod tests {
    use futures_util::stream::unfold;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);

    /// A body of so many bytes, which come at this rate.
    fn trickling(bytes: usize, a_second: usize) -> Body {
        Body::from_stream(unfold(bytes, move |left| async move {
            let part = left.min(a_second);
            tokio::time::sleep(Duration::from_secs(1)).await;
            (part > 0).then(|| (Ok::<_, std::io::Error>(Bytes::from(vec![7; part])), left - part))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_keeps_coming_is_waited_for_and_one_that_does_not_is_not() {
        assert_eq!(read_body(trickling(240 << 10, 20), 256 << 10, WINDOW).await.unwrap().len(), 240 << 10);
        assert_eq!(read_body(trickling(240 << 10, 10), 256 << 10, WINDOW).await, Err(Problem::TIMEOUT));
        assert_eq!(read_body(trickling(100, 10), 256 << 10, WINDOW).await.unwrap().len(), 100);
        assert_eq!(read_body(trickling(1000, 100), 999, WINDOW).await, Err(Problem::TOO_LARGE));
    }
}
