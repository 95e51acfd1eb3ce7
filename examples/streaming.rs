//! Streams as results and as arguments: each side sends as fast as the other reads, and no faster.
//!
//! Run: `cargo run --example streaming`
//! Prints: the primes below 30, a sum, a conversation in capitals, and how far a stream came that was given up.

use ipc_rpc::{Context, Receiver, Server, SocketName, channel, context, ipc_service};

/// Numbers and words, one after the other.
#[ipc_service]
pub trait Numbers {
    /// The primes below `limit`.
    async fn primes(&self, ctx: Context, limit: u64) -> Receiver<u64>;

    /// Adds up what the caller sends.
    async fn sum(&self, ctx: Context, numbers: Receiver<u64>) -> Result<u64, String>;

    /// Says everything louder.
    async fn shout(&self, ctx: Context, words: Receiver<String>) -> Receiver<String>;
}

struct Served;

impl Numbers for Served {
    async fn primes(&self, ctx: Context, limit: u64) -> Receiver<u64> {
        ctx.stream(move |primes| async move {
            for n in (2..limit).filter(|n| (2..*n).all(|m| n % m != 0)) {
                if primes.send(n).await.is_err() {
                    println!("nobody wants {n} any more");
                    break;
                }
            }
        })
    }

    async fn sum(&self, _: Context, mut numbers: Receiver<u64>) -> Result<u64, String> {
        let mut sum = 0;
        while let Some(number) = numbers.recv().await {
            sum += number.map_err(|error| error.to_string())?;
        }
        Ok(sum)
    }

    async fn shout(&self, ctx: Context, mut words: Receiver<String>) -> Receiver<String> {
        ctx.stream(|louder| async move {
            while let Some(Ok(word)) = words.recv().await {
                if louder.send(word.to_uppercase()).await.is_err() {
                    break;
                }
            }
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = SocketName::unique();
    let server = Server::builder(&name).service(Served.serve()).bind()?;
    let serving = tokio::spawn(server.run());
    let numbers = NumbersClient::connect(&name).await?;

    let mut primes = numbers.primes(context::current(), 30).await?;
    while let Some(prime) = primes.recv().await.transpose()? {
        print!("{prime} ");
    }
    println!();

    // An argument may be any stream of values.
    let hundred = Receiver::from_stream(futures_util::stream::iter(1..=100));
    println!("sum: {}", numbers.sum(context::current(), hundred).await?);

    // Both ways at once: one word is answered before the next is said.
    let (words, said) = channel(1);
    let mut louder = numbers.shout(context::current(), said).await?;
    for word in ["hello", "again"] {
        words.send(word.to_owned()).await?;
        println!(
            "{word}: {}",
            louder.recv().await.transpose()?.unwrap_or_default()
        );
    }
    drop(words);
    assert!(louder.recv().await.is_none());

    // Nothing obliges a reader to wait for the end.
    let mut many = numbers.primes(context::current(), u64::MAX).await?;
    println!("first of many: {:?}", many.recv().await.transpose()?);
    drop(many);

    numbers.connection().close("done").await;
    serving.abort();
    Ok(())
}
