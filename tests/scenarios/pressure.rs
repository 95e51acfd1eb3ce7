//! Peers that do not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use ipc_rpc::{Config, Connect, Context, context, ipc_service};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use support::{SocketFile, Task, breakable, promptly, watched};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Returns what is large when it is encoded, and nothing before.
#[ipc_service]
pub(crate) trait Printer {
    /// One page.
    async fn page(&self, ctx: Context) -> Page;
}

struct Press {
    printed: Arc<AtomicUsize>,
    handled: watch::Sender<usize>,
}

impl Printer for Press {
    async fn page(&self, _: Context) -> Page {
        self.handled.send_modify(|count| *count += 1);
        Page(Arc::clone(&self.printed))
    }
}

/// Counts how often it was encoded.
#[derive(Debug)]
pub(crate) struct Page(Arc<AtomicUsize>);

const PAGE: usize = 64 * 1024;

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        serializer.serialize_bytes(&[7; PAGE])
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = bytes::Bytes::deserialize(deserializer)?;
        assert_eq!(bytes.len(), PAGE);
        Ok(Self(Arc::default()))
    }
}

/// What a client does not fetch waits unencoded with its handlers, but for the bound; everything arrives when
/// the client reads again.
#[test]
fn answers_that_nobody_fetches_wait_unencoded() {
    const CALLS: usize = 300;
    const BOUND: usize = 256 * 1024;
    watched(|| {
        Runtime::new().unwrap().block_on(async {
            let file = SocketFile::new();
            let printed = Arc::new(AtomicUsize::new(0));
            let handled = watch::Sender::new(0);
            let mut count = handled.subscribe();
            let press = Press {
                printed: Arc::clone(&printed),
                handled,
            };
            let mut config = Config::default();
            config.max_outbound_len = BOUND;
            let server = file.place().server().config(config).service(press.serve());
            let server = server.bind().unwrap();
            let handle = server.handle();
            let running = Task::spawn(server.run());

            let (stream, breaker) = breakable(file.open().await);
            let client: PrinterClient = Connect::over(stream).await.unwrap();
            breaker.stall_reads();
            let calls = Task::spawn({
                let client = client.clone();
                async move {
                    let page = || client.page(context::without_deadline());
                    join_all((0..CALLS).map(|_| page())).await
                }
            });
            count.wait_for(|count| *count == CALLS).await.unwrap();
            // Another client is served all the same, behind everything that the server could do for this one.
            let other: PrinterClient = file.place().connect().await.unwrap();
            promptly(other.page(context::current())).await.unwrap();
            // The bound, what the socket holds, and one answer of each thread that found room at the same time.
            let limit = BOUND + 512 * 1024 + 16 * PAGE;
            let encoded = printed.load(Ordering::SeqCst) * PAGE;
            assert!(
                encoded <= limit,
                "{encoded} bytes are encoded, {limit} would do"
            );
            breaker.resume();
            for page in calls.join().await {
                page.unwrap();
            }
            assert_eq!(printed.load(Ordering::SeqCst), CALLS + 1);
            handle.shutdown(std::time::Duration::ZERO).await;
            running.join().await.unwrap();
        });
    });
}
