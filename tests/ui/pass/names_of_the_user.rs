// Generated code depends on no name of the user's: nothing is imported, and everything is shadowed.
#![deny(missing_docs, warnings)]
#![allow(dead_code, non_camel_case_types, reason = "what shadows is never used")]
//! A crate.

/// Not std's.
#[derive(Debug)]
pub struct Option;
/// Not std's.
#[derive(Debug)]
pub struct Result;
/// Not std's.
#[derive(Debug)]
pub struct Vec;
/// Not std's.
#[derive(Debug)]
pub struct String;
/// Not std's.
#[derive(Debug)]
pub struct Box;
/// Not std's.
#[derive(Debug)]
pub struct Ok;
/// Not std's.
#[derive(Debug)]
pub struct Err;
/// Not std's.
#[derive(Debug)]
pub struct Some;
/// Not std's.
#[derive(Debug)]
pub struct None;
/// Not std's.
#[derive(Debug)]
pub struct u32;
/// Not std's.
#[derive(Debug)]
pub struct bool;
/// Not std's.
pub trait Send {}
/// Not std's.
pub trait Sync {}
/// Not std's.
pub trait Sized {}
/// Not std's.
pub trait Future {}
/// Not std's.
pub trait Clone {}
/// Not std's.
pub trait From {}
/// Not std's.
pub trait Debug {}
/// Not the crate.
pub mod serde {}
/// Not the crate.
pub mod tarpc {}
/// Not the crate.
pub mod core {}
/// Not the crate.
pub mod std {}
/// Not the crate.
pub mod ipc_rpc {}

/// Arithmetic.
#[::ipc_rpc::ipc_service]
pub trait Calculator {
    /// Adds.
    async fn add(&self, ctx: ::ipc_rpc::Context, a: i64, b: i64) -> i64;
    /// Divides.
    async fn divide(
        &self,
        ctx: ::ipc_rpc::Context,
        a: i64,
        b: i64,
    ) -> ::core::result::Result<i64, ::std::string::String>;
    /// Notes.
    #[ipc(oneway)]
    async fn note(&self, ctx: ::ipc_rpc::Context, line: ::std::string::String);
    /// Crunches.
    fn crunch(&self, ctx: ::ipc_rpc::Context, n: u64) -> u64;
    /// Takes arguments that are called like what generated code calls its own.
    #[expect(clippy::too_many_arguments, reason = "there are many names")]
    async fn names(
        &self,
        ctx: ::ipc_rpc::Context,
        service: u8,
        args: u8,
        request: u8,
        response: u8,
        encoder: u8,
        decoder: u8,
        caller: u8,
        method: u8,
        call: u8,
        visit: u8,
        f: u8,
        answer: u8,
        declared: u8,
    ) -> u8;
}

/// The same as tarpc has it.
#[::ipc_rpc::ipc_service]
pub trait World {
    /// Says hello.
    async fn hello(name: ::std::string::String) -> ::std::string::String;
    /// Takes arguments that are called like what generated code calls its own.
    #[expect(clippy::too_many_arguments, reason = "there are many names")]
    async fn names(
        service: u8,
        args: u8,
        request: u8,
        response: u8,
        encoder: u8,
        decoder: u8,
        caller: u8,
        method: u8,
        call: u8,
        visit: u8,
        f: u8,
        answer: u8,
        declared: u8,
        resp: u8,
        req: u8,
        config: u8,
    ) -> u8;
}

fn main() {}
