//! Admits clients that show a token, and tells handlers who calls: a typed session, and the kernel's word.
//!
//! Run it: `cargo run --example auth`
//!
//! Prints what two users may do, and the code and reason with which a third one is rejected.
use ipc_rpc::{AuthHello, Authenticator, Context, Rejection, Server, SocketName};
use ipc_rpc::{ConnectError, context, ipc_service};
use serde::{Deserialize, Serialize};

/// What a client shows when it connects.
#[derive(Serialize, Deserialize)]
struct Credentials {
    user: String,
    token: String,
}

/// What the server keeps of a client that it admitted.
struct User {
    name: String,
    may_write: bool,
}

/// The code of a rejection, for the client's program.
const BAD_TOKEN: u32 = 401;

/// Knows the users. Processes of another system user do not get this far, unless the server says so.
struct Users;

impl Authenticator for Users {
    type Payload = Credentials;
    type Session = User;

    async fn authenticate(&self, hello: AuthHello<Credentials>) -> Result<User, Rejection> {
        let Credentials { user, token } = hello.payload;
        let may_write = match (user.as_str(), token.as_str()) {
            ("ada", "open sesame") => true,
            ("guest", "please") => false,
            _ => return Err(Rejection::new(BAD_TOKEN, "unknown user or wrong token")),
        };
        let name = user;
        Ok(User { name, may_write })
    }
}

/// A note on a board.
#[ipc_service]
pub trait Notes {
    /// Replaces the note, and tells who did so from where.
    async fn write(&self, ctx: Context, note: String) -> Result<String, String>;
}

struct Board;

impl Notes for Board {
    async fn write(&self, ctx: Context, note: String) -> Result<String, String> {
        let user = ctx.session::<User>().ok_or("no session")?;
        if !user.may_write {
            return Err(format!("{} may only read", user.name));
        }
        let process = ctx.peer().identity();
        Ok(format!("{} wrote {note:?} from {process}", user.name))
    }
}

async fn write(name: &SocketName, user: &str, token: &str) -> Result<(), ConnectError> {
    let (user, token) = (user.to_owned(), token.to_owned());
    let notes = NotesClient::connect(name)
        .auth(&Credentials { user, token })
        .await?;
    println!("served by {}", notes.connection().peer_identity());
    let written = notes.write(context::current(), "hello".to_owned()).await;
    println!("{written:?}");
    Ok(())
}

async fn clients(name: &SocketName) -> Result<(), ConnectError> {
    write(name, "ada", "open sesame").await?;
    write(name, "guest", "please").await?;
    match write(name, "mallory", "1234").await {
        Err(ConnectError::Rejected(no)) => println!("mallory: {}, {}", no.code, no.reason),
        other => return other,
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = SocketName::unique();
    let server = Server::builder(&name).authenticate(Users);
    let server = server.service(Board.serve()).bind()?;
    let mut result = Ok(());
    let clients = async { result = clients(&name).await };
    server.run_until(clients).await?;
    Ok(result?)
}
