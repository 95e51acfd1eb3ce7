//! One small call at a time, and many at once, beside a bare socket that carries the same bytes.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing to report"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipc_rpc::context;
use ipc_rpc_benches::{EchoClient, runtime, serve};

/// Bytes that travel in each direction for one call: header, number, length, payload.
const BARE_LEN: usize = 32 + 1 + 1 + 64;

fn one_at_a_time(criterion: &mut Criterion) {
    let runtime = runtime().unwrap();
    let mut group = criterion.benchmark_group("one call at a time");
    #[cfg(unix)]
    group.bench_function("bare socket", |bencher| {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut socket, _echo) = runtime.block_on(async { ipc_rpc_benches::bare() }).unwrap();
        let mut bytes = [0; BARE_LEN];
        bencher.iter(|| {
            runtime.block_on(async {
                socket.write_all(&bytes).await.unwrap();
                socket.read_exact(&mut bytes).await.unwrap();
            });
        });
    });
    group.bench_function("ipc-rpc", |bencher| {
        let client = runtime.block_on(async {
            let served = serve().unwrap();
            EchoClient::connect(&served.name).await.unwrap()
        });
        bencher.iter(|| {
            runtime
                .block_on(client.echo(context::current(), 1, vec![0; 64]))
                .unwrap()
        });
    });
    group.finish();
}

fn many_at_once(criterion: &mut Criterion) {
    let runtime = runtime().unwrap();
    let mut group = criterion.benchmark_group("calls at once");
    for count in [64_u64, 256] {
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("ipc-rpc, {count}"), |bencher| {
            let client = runtime.block_on(async {
                let served = serve().unwrap();
                EchoClient::connect(&served.name).await.unwrap()
            });
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut calls = tokio::task::JoinSet::new();
                    for _ in 0..count {
                        let client = client.clone();
                        calls.spawn(async move {
                            client
                                .echo(context::current(), 1, vec![0; 64])
                                .await
                                .unwrap()
                        });
                    }
                    while calls.join_next().await.is_some() {}
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, one_at_a_time, many_at_once);
criterion_main!(benches);
