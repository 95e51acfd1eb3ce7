//! Connect, handshake, one call, close.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to report"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use ipc_rpc::context;
use ipc_rpc_benches::{EchoClient, runtime, serve};

fn connect_call_close(criterion: &mut Criterion) {
    let runtime = runtime().unwrap();
    let served = runtime.block_on(async { serve() }).unwrap();
    criterion.bench_function("connect, call, close", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let client = EchoClient::connect(&served.name).await.unwrap();
                client
                    .echo(context::current(), 1, vec![0; 64])
                    .await
                    .unwrap();
                client.connection().close("done").await
            });
        });
    });
}

criterion_group!(benches, connect_call_close);
criterion_main!(benches);
