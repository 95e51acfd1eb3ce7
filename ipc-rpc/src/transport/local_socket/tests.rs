//! What holds on every platform.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{BindOptions, Listener, Socket, SocketName, is_transient};
use crate::error::BindError;

#[tokio::test]
async fn both_ends_know_each_other() {
    let listener = bind(&SocketName::unique()).unwrap();
    let (client, server) = pair(&listener).await;
    for peer in [client.peer(), server.peer()] {
        assert_eq!(peer.pid(), expected_pid());
        #[cfg(unix)]
        {
            assert!(peer.is_same_user());
            assert_eq!(peer.uid(), Some(rustix::process::geteuid().as_raw()));
            assert_eq!(peer.gid(), Some(rustix::process::getegid().as_raw()));
        }
    }
    assert!(server.peer().is_same_user());
}

#[tokio::test]
async fn bytes_pass_both_ways_at_once() {
    let listener = bind(&SocketName::unique()).unwrap();
    let (client, server) = pair(&listener).await;
    let (mut client_read, mut client_write) = client.into_split();
    let (mut server_read, mut server_write) = server.into_split();
    // More than any buffer on the way holds.
    let sent = vec![7; 1 << 20];
    let (mut up, mut down) = (vec![0; sent.len()], vec![0; sent.len()]);
    let (a, b, c, d) = tokio::join!(
        client_write.write_all(&sent),
        server_write.write_all(&sent),
        server_read.read_exact(&mut up),
        client_read.read_exact(&mut down),
    );
    a.and(b).unwrap();
    c.and(d).unwrap();
    assert!(up == sent && down == sent);
}

#[tokio::test]
async fn a_peer_that_is_gone_is_the_end_of_reading() {
    let listener = bind(&SocketName::unique()).unwrap();
    let (client, server) = pair(&listener).await;
    drop(client);
    let (mut read, _write) = server.into_split();
    assert_eq!(read.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_client_that_left_before_it_was_accepted_ends_nothing() {
    let listener = bind(&SocketName::unique()).unwrap();
    drop(Socket::connect(listener.name(), far()).await.unwrap());
    match listener.accept().await {
        Ok(left) => assert_eq!(left.into_split().0.read(&mut [0; 8]).await.unwrap(), 0),
        Err(error) => assert!(is_transient(&error), "{error:?}"),
    }
    pair(&listener).await;
}

#[tokio::test]
async fn a_name_belongs_to_one_live_server() {
    let listener = bind(&SocketName::unique()).unwrap();
    let error = bind(listener.name()).unwrap_err();
    assert!(error.is_already_running(), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "another server is already listening at `{}`",
            listener.name()
        )
    );
    // The attempt may have left a connection in the queue, as a client that comes and goes does.
    let client = Socket::connect(listener.name(), far()).await.unwrap();
    let accepted = listener.accept().await.unwrap();
    drop((client, accepted));
}

#[tokio::test]
async fn a_name_is_free_once_its_listener_is_dropped() {
    let name = SocketName::unique();
    drop(bind(&name).unwrap());
    pair(&bind(&name).unwrap()).await;
}

#[tokio::test]
async fn without_a_server_connecting_fails_at_once() {
    let error = Socket::connect(&SocketName::unique(), far())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_hundred_clients_at_once_all_connect() {
    let listener = bind(&SocketName::unique()).unwrap();
    let clients: Vec<_> = (0..100)
        .map(|_| {
            let name = listener.name().clone();
            #[expect(clippy::disallowed_methods, reason = "joined below")]
            tokio::spawn(async move { Socket::connect(&name, far()).await })
        })
        .collect();
    let mut accepted = Vec::new();
    for _ in 0..100 {
        accepted.push(listener.accept().await.unwrap());
    }
    for client in clients {
        client.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_thousand_clients_that_leave_at_once_stop_no_listener() {
    let listener = bind(&SocketName::unique()).unwrap();
    let name = listener.name().clone();
    #[expect(clippy::disallowed_methods, reason = "joined below")]
    let mut passers_by = tokio::spawn(async move {
        for _ in 0..1_000 {
            drop(Socket::connect(&name, far()).await.unwrap());
        }
    });
    loop {
        tokio::select! {
            // One that is gone before it is looked at is a fault of its own, if it is any.
            accepted = listener.accept() => if let Err(error) = accepted {
                assert!(is_transient(&error), "{error:?}");
            },
            done = &mut passers_by => break done.unwrap(),
        }
    }
    let (ours, theirs) = loop {
        let connect = Socket::connect(listener.name(), far());
        let (client, server) = tokio::join!(connect, listener.accept());
        if let (Ok(client), Ok(server)) = (client, server) {
            break (client, server);
        }
    };
    assert_eq!(ours.peer().pid(), theirs.peer().pid());
}

fn bind(name: &SocketName) -> Result<Listener, BindError> {
    Listener::bind(name, &BindOptions::default())
}

async fn pair(listener: &Listener) -> (Socket, Socket) {
    let (client, server) = tokio::join!(Socket::connect(listener.name(), far()), listener.accept());
    (client.unwrap(), server.unwrap())
}

fn expected_pid() -> Option<u32> {
    if cfg!(target_vendor = "apple") {
        None
    } else {
        Some(std::process::id())
    }
}

/// A deadline that passes only if a test hangs.
pub(super) fn far() -> Instant {
    after(Duration::from_secs(30))
}

#[cfg(unix)]
pub(super) fn soon() -> Instant {
    after(Duration::from_millis(50))
}

fn after(duration: Duration) -> Instant {
    crate::clock::now() + duration
}
