//! What passes over a raw stream, and how it ends.

use std::io::ErrorKind;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use ipc_rpc::raw::FixedCodec;
use ipc_rpc::raw::codec::{BytesCodec, LengthDelimitedCodec, LinesCodec};
use support::{Task, Transport, scenarios};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{listen, pair};

scenarios! {
    a_dropped_write_half_is_the_end_of_the_stream_for_the_peer_where_there_are_directions,
    bytes_pass_both_ways_at_once_and_end_whole,
    halves_wait_for_nothing_but_the_socket,
    any_codec_makes_frames_of_it,
    a_torn_last_frame_is_an_error_and_never_a_short_one,
}

async fn bytes_pass_both_ways_at_once_and_end_whole(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let (client, server) = pair(&place, &mut listener).await;
    // More than any buffer on the way holds.
    let sent: Arc<Vec<u8>> = Arc::new((0..1 << 20).map(|n: u32| (n % 251) as u8).collect());
    let both = [client, server].map(|mut stream| {
        let sent = Arc::clone(&sent);
        Task::spawn(async move {
            let mut received = vec![0; sent.len()];
            let (mut read, mut write) = tokio::io::split(&mut stream);
            let (wrote, got) = tokio::join!(write.write_all(&sent), read.read_exact(&mut received));
            wrote.unwrap();
            got.unwrap();
            assert!(received == *sent);
            stream
        })
    });
    let [client, server] = both;
    let (mut client, server) = (client.join().await, server.join().await);
    // What was written before the end is read before the end.
    client.write_all(b"last words").await.unwrap();
    drop(client);
    let mut server = server;
    let mut rest = Vec::new();
    server.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"last words");
}

async fn halves_wait_for_nothing_but_the_socket(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let (client, mut server) = pair(&place, &mut listener).await;
    let (mut read, mut write) = client.into_split();
    let mut byte = [0];
    let reading = read.read_exact(&mut byte);
    let writing = async {
        write.write_all(b"ping").await.unwrap();
        let mut ping = [0; 4];
        server.read_exact(&mut ping).await.unwrap();
        assert_eq!(&ping, b"ping");
        server.write_all(b"!").await.unwrap();
        write
    };
    let (got, mut write) = tokio::join!(reading, writing);
    got.unwrap();
    assert_eq!(&byte, b"!");
    if transport.is_pipe() {
        return;
    }
    // One direction ends, the other goes on.
    write.shutdown().await.unwrap();
    assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
    server.write_all(b"still here").await.unwrap();
    drop(server);
    let mut rest = Vec::new();
    read.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"still here");
}

async fn any_codec_makes_frames_of_it(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);

    let (client, server) = pair(&place, &mut listener).await;
    let mut client = client.into_framed(LinesCodec::new_with_max_length(64));
    let mut server = server.into_framed(LinesCodec::new_with_max_length(64));
    for line in ["one", "", "größer"] {
        client.send(line).await.unwrap();
        assert_eq!(server.next().await.unwrap().unwrap(), line);
    }
    client.send("n".repeat(65)).await.unwrap();
    server.next().await.unwrap().unwrap_err();

    let (client, server) = pair(&place, &mut listener).await;
    let mut client = client.into_framed(LengthDelimitedCodec::new());
    let mut server = server.into_framed(LengthDelimitedCodec::new());
    for len in [0, 1, 100_000] {
        let frame = bytes::Bytes::from(vec![7; len]);
        let (sent, got) = tokio::join!(client.send(frame.clone()), server.next());
        sent.unwrap();
        assert_eq!(got.unwrap().unwrap(), frame);
    }

    let (client, server) = pair(&place, &mut listener).await;
    let mut client = client.into_framed(BytesCodec::new());
    let mut server = server.into_framed(FixedCodec::new(3));
    let pieces = [&b"a"[..], b"bcd", b"ef"].map(bytes::Bytes::from_static);
    for piece in pieces {
        client.send(piece).await.unwrap();
    }
    assert_eq!(server.next().await.unwrap().unwrap(), &b"abc"[..]);
    assert_eq!(server.next().await.unwrap().unwrap(), &b"def"[..]);
    drop(client);
    assert!(server.next().await.is_none());
}

async fn a_torn_last_frame_is_an_error_and_never_a_short_one(transport: Transport) {
    let place = transport.place();
    let mut listener = listen(&place);
    let (mut client, server) = pair(&place, &mut listener).await;
    client.write_all(b"abcde").await.unwrap();
    drop(client);
    let mut server = server.into_framed(FixedCodec::new(3));
    assert_eq!(server.next().await.unwrap().unwrap(), &b"abc"[..]);
    let error = server.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

async fn a_dropped_write_half_is_the_end_of_the_stream_for_the_peer_where_there_are_directions(
    transport: Transport,
) {
    if transport.is_pipe() || cfg!(windows) {
        return;
    }
    let place = transport.place();
    let mut listener = listen(&place);
    let (client, mut server) = pair(&place, &mut listener).await;
    let (mut read, mut write) = client.into_split();
    write.write_all(b"the last words").await.unwrap();
    drop(write);
    let mut words = String::new();
    server.read_to_string(&mut words).await.unwrap();
    assert_eq!(words, "the last words");
    server.write_all(b"and an answer").await.unwrap();
    drop(server);
    words.clear();
    read.read_to_string(&mut words).await.unwrap();
    assert_eq!(words, "and an answer");
}
