//! The sockets, free of the SDK.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Between two looks at the listener.
const PAUSE: Duration = Duration::from_millis(10);

/// Who came, and what it wrote.
pub struct Visit {
    pub visitor: SocketAddr,
    pub received: Vec<u8>,
}

/// Waits for a visitor and sends back what it writes; `heard` gets every piece. `None` where nobody comes in time.
pub fn serve_one(listener: &TcpListener, wait: Duration, heard: impl FnMut(&str)) -> io::Result<Option<Visit>> {
    let Some((stream, visitor)) = accept(listener, wait)? else { return Ok(None) };
    Ok(Some(Visit { visitor, received: echo(stream, heard)? }))
}

fn accept(listener: &TcpListener, wait: Duration) -> io::Result<Option<(TcpStream, SocketAddr)>> {
    let deadline = Instant::now() + wait;
    loop {
        match listener.accept() {
            Ok((stream, visitor)) => {
                stream.set_nonblocking(false)?;
                return Ok(Some((stream, visitor)));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if Instant::now() >= deadline {
                    return Ok(None);
                }
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Sends everything back as it comes, until the visitor has said all.
fn echo(mut stream: TcpStream, mut heard: impl FnMut(&str)) -> io::Result<Vec<u8>> {
    let (mut received, mut block) = (Vec::new(), [0; 4096]);
    loop {
        let size = stream.read(&mut block)?;
        if size == 0 {
            return Ok(received);
        }
        stream.write_all(&block[..size])?;
        heard(&String::from_utf8_lossy(&block[..size]));
        received.extend_from_slice(&block[..size]);
    }
}
