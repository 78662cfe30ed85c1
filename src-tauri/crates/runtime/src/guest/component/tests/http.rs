//! `wasi:http` down to the host's mechanism.

use http_body_util::{BodyExt as _, Empty};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpHooks as _};

use super::super::http::Hooks;
use super::{World, quiet, world};
use crate::limits::Limits;
use crate::permission::DenyAll;

async fn get(world: &World, url: &str) -> Result<::http::Response<WasiBody>, Error> {
    let body = Empty::new().map_err(Error::from).boxed_unsync();
    let request = ::http::Request::get(url).body(body).expect("a request");
    let exchange = Hooks::new(world.run.clone()).send_request(request, None, Box::new(std::future::ready(Ok(()))));
    Box::into_pin(exchange).await.map(|(response, _)| response)
}

#[tokio::test]
async fn a_request_without_a_permit_is_denied() {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", server.local_addr().expect("an address"));
    let result = get(&quiet(), &url).await;
    assert!(matches!(result, Err(Error::HttpRequestDenied)), "{:?}", result.err());
}

#[tokio::test]
async fn an_allowed_request_is_answered() {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hello", server.local_addr().expect("an address"));
    let peer = tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.expect("a connection");
        let mut head = vec![0; 1024];
        let size = stream.read(&mut head).await.expect("a request");
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await.expect("answered");
        String::from_utf8_lossy(&head[..size]).into_owned()
    });
    let mut world = world(Limits::default(), &["http:*"], DenyAll);
    let response = get(&world, &url).await.expect("an answer");
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.expect("the body").to_bytes();
    assert_eq!(body, "hi");
    assert!(peer.await.expect("the peer is content").starts_with("GET /hello HTTP/1.1"), "the path alone is sent");
    let exchange = world.network().pop().and_then(|event| event.exchange).expect("the end carries the exchange");
    assert_eq!((&*exchange.url, exchange.status), (&*url, Some(200)));
    assert_eq!(exchange.response_body, b"hi");
}
