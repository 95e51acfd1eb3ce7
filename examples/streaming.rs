//! Streams as results and as arguments: each side sends as fast as the other reads, and no faster.
//!
//! Run it: `cargo run --example streaming`
//!
//! Prints the primes below 30, a sum, a conversation in which one side is louder, and a stream that is given up.
use std::error::Error;
use std::time::Duration;

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
async fn main() -> Result<(), Box<dyn Error>> {
    let name = SocketName::unique();
    let server = Server::builder(&name).service(Served.serve()).bind()?;
    let handle = server.handle();
    let client = async {
        let numbers = NumbersClient::connect(&name).await?;
        let called = call(&numbers).await;
        numbers.connection().close("done").await;
        handle.shutdown(Duration::from_secs(1)).await;
        called
    };
    let (served, called) = tokio::join!(server.run(), client);
    served?;
    called
}

async fn call(numbers: &NumbersClient) -> Result<(), Box<dyn Error>> {
    let mut primes = numbers.primes(context::current(), 30).await?;
    print!("primes:");
    while let Some(prime) = primes.recv().await.transpose()? {
        print!(" {prime}");
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
        let answer = louder.recv().await.transpose()?;
        println!("{word}: {}", answer.ok_or("no answer")?);
    }
    // The end of the one stream is what ends the other.
    drop(words);
    println!("and then: {:?}", louder.recv().await.transpose()?);

    // Nothing obliges a reader to wait for the end.
    let mut many = numbers.primes(context::current(), u64::MAX).await?;
    let first = many.recv().await.transpose()?;
    println!("first of many: {first:?}");
    many.close("one is enough");
    Ok(())
}
