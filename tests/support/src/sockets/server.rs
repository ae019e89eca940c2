//! A server on loopback in place of SSM, SQS, `DynamoDB`, Heroku and Elasticsearch, healthy but for
//! one call, on which it fails as scripted.
//!
//! Must not know how a cycle reacts. A body of any size is sent from one small buffer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::call::Call;
use super::tls;

/// Between two bytes of a slow answer: none ends within any budget.
const DRIP: Duration = Duration::from_millis(300);

/// Connections that wait to be accepted.
const BACKLOG: u32 = 128;

const CHUNK_BYTES: usize = 1 << 16;
const GIGABYTE: usize = 1 << 30;

/// What happens on the call at fault.
#[derive(Debug, Clone)]
pub enum Act {
    /// No server listens any more.
    Refuse,
    /// A TCP reset while the request is unread.
    ResetUnread,
    /// A TCP reset once the request was read.
    ResetRead,
    /// Silence.
    Hang,
    /// The healthy answer, byte by byte.
    Drip,
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, then silence.
    RawThenHang(Vec<u8>),
    /// These bytes, then more than a gigabyte.
    Flood(&'static str),
    /// A status and a body.
    Answer(u16, String),
    /// A status and the request's own headers for a body.
    Echo(u16),
    /// A redirect to this address.
    Redirect(String),
    /// A certificate for another name.
    WrongName,
    /// The healthy answer.
    Healthy,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub call: Call,
    pub head: String,
    pub body: String,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub url: String,
    fault: Option<(Call, Act)>,
    requests: Arc<Mutex<Vec<Request>>>,
    /// Bound to the port, and never listens: where the server is gone, no other gets its port.
    _port: Arc<TcpSocket>,
}

impl Server {
    pub async fn healthy() -> Self {
        Self::start(None).await
    }

    /// Fails on every try of the call.
    pub async fn failing(call: Call, act: Act) -> Self {
        Self::start(Some((call, act))).await
    }

    async fn start(fault: Option<(Call, Act)>) -> Self {
        let port = bound(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = port.local_addr().unwrap();
        let listener = bound(address).listen(BACKLOG).unwrap();
        let scheme = if matches!(fault, Some((_, Act::WrongName))) { "https" } else { "http" };
        let url = format!("{scheme}://{address}");
        let server = Self { url, fault, requests: Arc::default(), _port: Arc::new(port) };
        tokio::spawn(server.clone().accept(listener));
        server
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    async fn accept(self, listener: TcpListener) {
        if let Some((call, Act::Refuse)) = &self.fault {
            return self.answer_what_comes_before(*call, listener).await;
        }
        while let Ok((stream, _)) = listener.accept().await {
            let server = self.clone();
            tokio::spawn(async move {
                if matches!(server.fault, Some((_, Act::WrongName))) {
                    if let Ok(stream) = tls::accept(stream, tls::WRONG_NAME).await {
                        server.serve(stream).await;
                    }
                } else {
                    server.serve_plain(stream).await;
                }
            });
        }
    }

    /// A service that disappears between two calls of one cycle.
    async fn answer_what_comes_before(&self, call: Call, listener: TcpListener) {
        if call.is_first_of_its_service() {
            return;
        }
        let Ok((mut stream, _)) = listener.accept().await else { return };
        drop(listener);
        let Some(request) = read(&mut stream).await else { return };
        let answer = healthy(&request);
        let closing = answer.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        self.requests.lock().unwrap().push(request);
        let _ = stream.write_all(closing.as_bytes()).await;
    }

    async fn serve_plain(&self, stream: TcpStream) {
        if let Some((call, Act::ResetUnread)) = &self.fault {
            return self.serve_until_unread(stream, *call).await;
        }
        self.serve(stream).await;
    }

    async fn serve_until_unread(&self, mut stream: TcpStream, call: Call) {
        while let Some(head) = peek(&stream).await {
            if Call::of(&head) == call {
                return reset(&stream);
            }
            let Some(request) = read(&mut stream).await else { return };
            let answer = healthy(&request);
            self.requests.lock().unwrap().push(request);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }

    async fn serve(&self, mut stream: impl Stream) {
        while let Some(request) = read(&mut stream).await {
            let act = match &self.fault {
                Some((call, act)) if *call == request.call => act.clone(),
                _ => Act::Healthy,
            };
            self.requests.lock().unwrap().push(request.clone());
            if perform(&mut stream, act, &request).await.is_none() {
                return;
            }
        }
    }
}

/// A socket that may share its address with others of these, and with no other.
fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {
    fn reset(&self) {}
}

impl Stream for TcpStream {
    fn reset(&self) {
        reset(self);
    }
}

impl Stream for tls::Accepted {}

/// None once the connection is to be closed.
async fn perform(stream: &mut impl Stream, act: Act, request: &Request) -> Option<()> {
    match act {
        Act::Refuse | Act::ResetUnread | Act::WrongName | Act::Healthy => {
            stream.write_all(healthy(request).as_bytes()).await.ok()
        }
        Act::ResetRead => {
            stream.reset();
            None
        }
        Act::Hang => hang(stream).await,
        Act::Drip => drip(stream, &healthy(request)).await,
        Act::Raw(bytes) => {
            stream.write_all(&bytes).await.ok()?;
            None
        }
        Act::RawThenHang(bytes) => {
            stream.write_all(&bytes).await.ok()?;
            hang(stream).await
        }
        Act::Flood(head) => flood(stream, head).await,
        Act::Answer(status, body) => {
            stream.write_all(response(status, &body).as_bytes()).await.ok()
        }
        Act::Echo(status) => {
            stream.write_all(response(status, &request.head).as_bytes()).await.ok()
        }
        Act::Redirect(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()
        }
    }
}

/// Until the client gives up.
async fn hang(stream: &mut impl Stream) -> Option<()> {
    while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
    None
}

async fn drip(stream: &mut impl Stream, answer: &str) -> Option<()> {
    for byte in answer.bytes() {
        stream.write_all(&[byte]).await.ok()?;
        tokio::time::sleep(DRIP).await;
    }
    None
}

async fn flood(stream: &mut impl Stream, head: &str) -> Option<()> {
    stream.write_all(head.as_bytes()).await.ok()?;
    let chunk = format!("{CHUNK_BYTES:x}\r\n{}\r\n", "x".repeat(CHUNK_BYTES));
    for _ in 0..GIGABYTE / CHUNK_BYTES {
        stream.write_all(chunk.as_bytes()).await.ok()?;
    }
    None
}

fn healthy(request: &Request) -> String {
    let (status, body) = request.call.healthy(&request.body);
    response(status, &body)
}

pub fn response(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Scripted\r\nrequest-id: scripted\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// With nothing left to send, and unread bytes or none, a closed socket then resets.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// The next request's head, left unread.
async fn peek(stream: &TcpStream) -> Option<String> {
    let mut bytes = vec![0; 8192];
    loop {
        let read = stream.peek(&mut bytes).await.ok().filter(|read| *read > 0)?;
        let text = String::from_utf8_lossy(&bytes[..read]);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            return Some(head.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn read(stream: &mut impl Stream) -> Option<Request> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { call: Call::of(&head), head, body: String::from_utf8(body).unwrap() })
}
