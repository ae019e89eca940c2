//! A scripted HTTP/1.1 server on loopback: it records each request as it came and answers, or
//! breaks off, as scripted.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The reaction to one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers with a status, headers and a body.
    Answer(u16, &'static [(&'static str, &'static str)], String),
    /// Sends these bytes and closes.
    Raw(Vec<u8>),
    /// Closes without an answer.
    Close,
    /// Answers, and closes when the next request comes on this connection: as a server does that
    /// dropped an idle connection.
    ThenDie(String),
    /// Sends nothing until the client gives up.
    Hang,
    /// Sends a body without end.
    Endless,
}

impl Reply {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::Answer(status, &[("content-type", "application/json")], body.into())
    }
}

/// The reply to the k-th request, counted from 0.
type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Clone)]
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    /// Answers the requests in turn; the last reply is given to all that follow.
    pub async fn start(replies: Vec<Reply>) -> Self {
        Self::answering(move |k, _| replies[k.min(replies.len() - 1)].clone()).await
    }

    /// Answers each request as `script` says.
    pub async fn answering(
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, requests: Arc::default(), connections: Arc::default() };
        let shared = server.clone();
        let script: Arc<Script> = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock().unwrap() += 1;
                tokio::spawn(shared.clone().serve(stream, script.clone()));
            }
        });
        server
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    async fn serve(self, mut stream: TcpStream, script: Arc<Script>) {
        let mut dies_on_next = false;
        while let Some(request) = read_request(&mut stream).await {
            if dies_on_next {
                return;
            }
            let k = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(request.clone());
                requests.len() - 1
            };
            let reply = script(k, &request);
            dies_on_next = matches!(reply, Reply::ThenDie(_));
            if answer(&mut stream, reply).await.is_none() {
                return;
            }
        }
    }
}

/// None once the connection is to be closed.
async fn answer(stream: &mut TcpStream, reply: Reply) -> Option<()> {
    match reply {
        Reply::Answer(status, headers, body) => {
            let headers: String = headers.iter().map(|(k, v)| format!("{k}: {v}\r\n")).collect();
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} Scripted\r\n{headers}content-length: {length}\r\n\r\n");
            stream.write_all((head + &body).as_bytes()).await.ok()
        }
        Reply::ThenDie(body) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).await.ok()
        }
        Reply::Raw(bytes) => {
            stream.write_all(&bytes).await.ok()?;
            None
        }
        Reply::Close => None,
        Reply::Hang => {
            let _ = stream.read(&mut [0; 1]).await;
            None
        }
        Reply::Endless => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                .await
                .ok()?;
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            None
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        bytes.push(stream.read_u8().await.ok()?);
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut request = Request { line, headers, body: String::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8(body).unwrap();
    Some(request)
}
