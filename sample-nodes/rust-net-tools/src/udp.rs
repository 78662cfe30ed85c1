//! One question and one answer over UDP.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often the socket is looked at: WASI's sockets have no time-outs of their own.
const PAUSE: Duration = Duration::from_millis(1);

/// Sends a datagram and waits for the first one that `fits`; all others are somebody else's, or too late.
pub fn exchange<T>(
    server: SocketAddr,
    question: &[u8],
    fits: impl Fn(&[u8]) -> Option<Result<T, String>>,
) -> Result<T, String> {
    let local: SocketAddr =
        if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(local).map_err(|error| format!("cannot open a socket: {error}"))?;
    // Connected, so that only the server's datagrams arrive.
    socket.connect(server).map_err(|error| format!("cannot reach {server}: {error}"))?;
    socket.set_nonblocking(true).map_err(|error| format!("cannot wait with a limit: {error}"))?;
    socket.send(question).map_err(|error| format!("cannot send: {error}"))?;

    let deadline = Instant::now() + PATIENCE;
    let mut datagram = [0; 4096];
    while Instant::now() < deadline {
        match socket.recv(&mut datagram) {
            Ok(size) => {
                if let Some(answer) = fits(&datagram[..size]) {
                    return answer;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) => return Err(format!("cannot receive: {error}")),
        }
    }
    Err(format!("no answer from {server} within {} s", PATIENCE.as_secs()))
}
