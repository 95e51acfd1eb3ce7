//! What a service is, once its declaration is understood.
//!
//! Plain values with neither rules nor output: [`parse`](crate::parse) builds them,
//! [`check`](crate::check) reads them, [`expand`](crate::expand) turns them into code.

use std::time::Duration;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path, Token, TraitItemFn, Type, TypeParamBound, Visibility};

/// A trait under `#[ipc_service]`.
pub(crate) struct Service {
    /// All attributes of the trait.
    pub(crate) attrs: Vec<Attribute>,
    /// The text of its doc comments.
    pub(crate) docs: String,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    /// What the user asks of implementors beyond what this crate does.
    pub(crate) supertraits: Punctuated<TypeParamBound, Token![+]>,
    /// The service's name on the wire.
    pub(crate) name: String,
    pub(crate) version: u32,
    /// The path of the runtime crate.
    pub(crate) runtime: Path,
    pub(crate) form: Form,
    /// Whether its calls are wanted as values.
    pub(crate) calls: bool,
    pub(crate) methods: Vec<Method>,
}

impl Service {
    /// Whether any method takes or returns a stream, whatever `#[cfg]` it stands under.
    ///
    /// Such a service has no requests and responses as values, since a stream is none.
    pub(crate) fn has_streams(&self) -> bool {
        self.methods
            .iter()
            .any(|method| method.takes_stream() || method.reply.is_stream())
    }
}

/// How the methods of a service are declared. All of them are declared alike.
pub(crate) enum Form {
    /// `async fn add(&self, ctx: Context, a: i64) -> i64`: the service is shared.
    Shared,
    /// `async fn add(a: i64) -> i64`, as `#[tarpc::service]` has it: the service is cloned for each
    /// call.
    Tarpc {
        /// What requests and responses derive, instead of serde's traits.
        derives: Option<Vec<Path>>,
    },
}

impl Form {
    pub(crate) fn is_tarpc(&self) -> bool {
        matches!(self, Self::Tarpc { .. })
    }
}

/// A method of a service.
pub(crate) struct Method {
    /// The method as written, without what is addressed to this macro.
    pub(crate) declaration: TraitItemFn,
    /// The text of its doc comments.
    pub(crate) docs: String,
    pub(crate) name: WireName,
    /// Where the type of the context stands; the method itself in tarpc's form.
    pub(crate) context: Span,
    pub(crate) args: Vec<Arg>,
    pub(crate) reply: Reply,
    pub(crate) execution: Execution,
    pub(crate) idempotent: bool,
    pub(crate) timeout: Timeout,
    pub(crate) since: Since,
    /// Names the method on the wire: a hash of its name.
    pub(crate) id: u32,
    /// A hash of its name, arguments and output as they are spelled.
    pub(crate) signature: u64,
}

impl Method {
    pub(crate) fn ident(&self) -> &Ident {
        &self.declaration.sig.ident
    }

    pub(crate) fn attrs(&self) -> &[Attribute] {
        &self.declaration.attrs
    }

    /// The `#[cfg]`s that decide whether there is such a method.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs()
            .iter()
            .filter(|attr| attr.path().is_ident("cfg"))
    }

    /// Whether an argument is a stream.
    pub(crate) fn takes_stream(&self) -> bool {
        self.args.iter().any(Arg::is_stream)
    }
}

/// A method's name on the wire, and where it was given.
pub(crate) struct WireName {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// An argument of a method.
pub(crate) struct Arg {
    pub(crate) ident: Ident,
    /// As declared, `Receiver<..>` included.
    pub(crate) ty: Type,
    pub(crate) kind: ArgKind,
}

impl Arg {
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.kind, ArgKind::Stream { .. })
    }
}

/// How an argument travels.
pub(crate) enum ArgKind {
    /// As a value in the request.
    Value {
        /// Its `#[serde(..)]` attributes.
        serde: Vec<Attribute>,
    },
    /// As a stream beside the request.
    Stream { item: Box<Type> },
}

/// What a caller gets.
pub(crate) enum Reply {
    /// Nothing, not even word that the call arrived.
    OneWay,
    /// A value.
    Plain(Type),
    /// A value, or the service's own error.
    Fallible {
        declared: Type,
        value: Box<Type>,
        error: Box<Type>,
    },
    /// A stream.
    Streaming { declared: Type, item: Box<Type> },
    /// A stream, or the service's own error.
    FallibleStreaming {
        declared: Type,
        /// The stream as declared.
        value: Box<Type>,
        item: Box<Type>,
        error: Box<Type>,
    },
}

impl Reply {
    /// The output as declared; there is none if nobody waits for it.
    pub(crate) fn declared(&self) -> Option<&Type> {
        match self {
            Self::OneWay => None,
            Self::Plain(declared)
            | Self::Fallible { declared, .. }
            | Self::Streaming { declared, .. }
            | Self::FallibleStreaming { declared, .. } => Some(declared),
        }
    }

    /// Where the output is declared, or `otherwise` if nowhere.
    pub(crate) fn span(&self, otherwise: Span) -> Span {
        self.declared().map_or(otherwise, Spanned::span)
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(
            self,
            Self::Streaming { .. } | Self::FallibleStreaming { .. }
        )
    }
}

/// How the server runs a method.
pub(crate) enum Execution {
    /// On the connection's task until it first waits.
    Async,
    /// On a task of its own from the start.
    Spawned,
    /// On the blocking pool: declared `fn`.
    Blocking,
}

/// How long a call may take, unless its context says otherwise.
pub(crate) enum Timeout {
    /// As long as the client is configured to wait.
    Unset,
    After(Duration),
    /// As long as it takes, as any method that takes a stream may unless it says otherwise.
    Never,
}

/// The version of the service that first had a method.
pub(crate) enum Since {
    /// The first.
    Start,
    Version {
        version: u32,
        span: Span,
    },
}
