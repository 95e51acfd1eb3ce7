//! Calls that nest, with streams open each way at every depth.

use ipc_rpc::{Config, Context, Receiver, channel, context, ipc_service};
use support::{Task, Transport, scenarios};

scenarios! { calls_that_nest_32_deep_with_streams_both_ways_finish }

/// The upper side.
#[ipc_service]
pub trait Upper {
    /// Passes what it is given down and what comes back up, adding one to each.
    async fn up(&self, ctx: Context, depth: u32, items: Receiver<u64>) -> Receiver<u64>;
}

/// The lower side.
#[ipc_service]
pub trait Lower {
    /// The same from the other side.
    async fn down(&self, ctx: Context, depth: u32, items: Receiver<u64>) -> Receiver<u64>;
}

struct Up;

struct Down;

/// Passes items on, adding one to each.
fn add_one(ctx: &Context, mut items: Receiver<u64>) -> Receiver<u64> {
    ctx.stream(|added| async move {
        while let Some(item) = items.recv().await {
            match item {
                Ok(item) if added.send(item + 1).await.is_ok() => {}
                Ok(_) => return,
                Err(error) => return added.abort(error.to_string()),
            }
        }
    })
}

impl Upper for Up {
    async fn up(&self, ctx: Context, depth: u32, items: Receiver<u64>) -> Receiver<u64> {
        if depth == 0 {
            return items;
        }
        let lower: LowerClient = ctx.peer().client();
        let items = add_one(&ctx, items);
        let deeper = lower.down(context::current(), depth - 1, items).await;
        add_one(&ctx, deeper.expect("the lower side answers"))
    }
}

impl Lower for Down {
    async fn down(&self, ctx: Context, depth: u32, items: Receiver<u64>) -> Receiver<u64> {
        if depth == 0 {
            return items;
        }
        let upper: UpperClient = ctx.peer().client();
        let items = add_one(&ctx, items);
        let deeper = upper.up(context::current(), depth - 1, items).await;
        add_one(&ctx, deeper.expect("the upper side answers"))
    }
}

async fn calls_that_nest_32_deep_with_streams_both_ways_finish(transport: Transport) {
    let mut config = Config::default();
    config.stream_window_items = 16;
    config.stream_window_len = 4 * 1024;
    let place = transport.place();
    let server = place
        .server()
        .config(config.clone())
        .service(Up.serve())
        .bind()
        .unwrap();
    let server = Task::spawn(async move { server.run().await.unwrap() });
    let upper = place
        .connect::<UpperClient>()
        .config(config)
        .serve(Down.serve())
        .await
        .unwrap();
    let (sender, receiver) = channel(1);
    let mut back = upper.up(context::current(), 32, receiver).await.unwrap();
    // One item all the way at a time, and then as many as go.
    for number in 0..10 {
        sender.send(number).await.unwrap();
        assert_eq!(back.recv().await.unwrap().unwrap(), number + 64);
    }
    let sending = Task::spawn(async move {
        for number in 0..1000 {
            sender.send(number).await.unwrap();
        }
    });
    for number in 0..1000 {
        assert_eq!(back.recv().await.unwrap().unwrap(), number + 64);
    }
    assert!(back.recv().await.is_none());
    sending.join().await;
    upper.connection().close("done").await;
    server.stop().await;
}
