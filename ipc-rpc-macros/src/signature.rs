//! The numbers that stand for a method on the wire.
//!
//! Both are FNV-1a hashes (Fowler, Noll, Vo, Eastlake, Hansen: "The FNV Non-Cryptographic Hash
//! Algorithm", RFC 9923), computed over text that does not depend on the compiler. Peers compare
//! them, so the text must never change for a declaration that stays the same.

use syn::ext::IdentExt;
use syn::{Ident, Type};

use crate::model::{Arg, ArgKind, Reply};
use crate::spelling::spell;

/// The id of a method: FNV-1a with 32 bits over its name on the wire.
///
/// Zero stands for "no method" in frames, so a name that hashes to zero gets one.
pub(crate) fn id(name: &str) -> u32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash.max(1)
}

/// The signature of a method: FNV-1a with 64 bits over its [`text`].
pub(crate) fn hash(name: &str, args: &[Arg], reply: &Reply) -> u64 {
    text(name, args, reply)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

/// What the signature of a method consists of: `divide(a: i64, b: i64) -> Result<i64,
/// DivideError>`.
///
/// It is the spelling of a type that counts, not what the spelling stands for: `String` and
/// `std::string::String` differ, and two versions of a struct do not. A stream is spelled `stream`,
/// through whatever path its `Receiver` is reached: `sum(numbers: stream<i64>) -> i64`.
pub(crate) fn text(name: &str, args: &[Arg], reply: &Reply) -> String {
    let args: Vec<_> = args
        .iter()
        .map(|arg| format!("{}: {}", wire_name(&arg.ident), argument(arg)))
        .collect();
    let args = args.join(", ");
    let output = match reply {
        Reply::OneWay => return format!("oneway {name}({args})"),
        Reply::Plain(ty) | Reply::Fallible { declared: ty, .. } => spell(ty),
        Reply::Streaming { item, .. } => stream(item),
        Reply::FallibleStreaming { item, error, .. } => {
            format!("Result<{}, {}>", stream(item), spell(error))
        }
    };
    format!("{name}({args}) -> {output}")
}

fn argument(arg: &Arg) -> String {
    match &arg.kind {
        ArgKind::Value { .. } => spell(&arg.ty),
        ArgKind::Stream { item } => stream(item),
    }
}

fn stream(item: &Type) -> String {
    format!("stream<{}>", spell(item))
}

/// An identifier as it is named on the wire, where nothing needs to be escaped.
pub(crate) fn wire_name(ident: &Ident) -> String {
    ident.unraw().to_string()
}
