//! The client: one method for each of the service's, and how to come by one.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::{Expansion, lenient_expectation, located_at};
use crate::model::{Method, Reply, Timeout};
use crate::names::{MethodNames, repeated};

/// The client with everything it can do.
pub(super) fn client(expansion: &Expansion<'_>) -> TokenStream {
    let mut tokens = declaration(expansion);
    tokens.extend(constructors(expansion));
    tokens.extend(methods(expansion));
    tokens
}

fn declaration(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        names,
        private,
        ..
    } = expansion;
    let (client, definition) = (&names.client, &names.definition);
    let doc = format!(
        " Calls the service [`{}`] of a peer. Clones share one connection.",
        service.ident.unraw()
    );
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #client<C = #private::Lane> {
            caller: C,
        }

        #[automatically_derived]
        impl #private::Client for #client {
            type Definition = #definition;

            fn from_lane(lane: #private::Lane) -> Self {
                Self { caller: lane }
            }
        }
    }
}

fn constructors(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        names,
        private,
        methods,
        ..
    } = expansion;
    let client = &names.client;
    let supported = methods.iter().map(|method| {
        let cfgs = method.cfgs();
        let name = &method.name.text;
        let marker = MethodNames::of(service, method).marker;
        quote!(#(#cfgs)* #name => self.caller.supports(&<#marker as #private::Method>::DESCRIPTOR))
    });
    quote! {
        impl #client {
            /// Connects to the service at this place, once what is returned is awaited: a name, a
            /// `SocketName`, or a `memory::Address`.
            #vis fn connect(name: impl #private::IntoEndpoint) -> #private::Connect<Self> {
                #private::Connect::new(name)
            }

            /// The connection that calls travel over: of a client that connects again the one there
            /// is, or the last that there was.
            #vis fn connection(&self) -> #private::Connection {
                self.caller.connection()
            }

            /// Whether the peer has the method with this name on the wire.
            #vis fn supports(
                &self,
                method: &::core::primitive::str,
            ) -> ::core::primitive::bool {
                match method {
                    #(#supported,)*
                    _ => false,
                }
            }
        }

        impl<C> #client<C> {
            /// Makes a client whose calls are carried by `caller`.
            #vis fn over(caller: C) -> Self {
                Self { caller }
            }
        }
    }
}

fn methods(expansion: &Expansion<'_>) -> Option<TokenStream> {
    let Expansion {
        names,
        private,
        methods,
        ..
    } = expansion;
    if methods.is_empty() {
        return None;
    }
    let (client, definition) = (&names.client, &names.definition);
    let methods = methods.iter().map(|method| {
        let MethodNames { marker, args, .. } = MethodNames::of(expansion.service, method);
        let fields = method.args.iter().map(|arg| &arg.ident);
        let call = located_at(
            quote!(#private::Caller::<#definition>::call::<#marker>),
            method.reply.span(method.ident().span()),
        );
        let mut body = quote!(#call(&self.caller, ctx, #args { #(#fields),* }).await);
        if method.reply.is_stream() {
            // Somebody else's `Receiver` is not what the call returns, and is to be told so.
            body = located_at(body, method.reply.span(method.ident().span()));
        }
        client_method(expansion, method, Waiting::Async, body)
    });
    Some(quote! {
        impl<C> #client<C>
        where
            C: #private::Caller<#definition>,
        {
            #(#methods)*
        }
    })
}

/// How a method of a client waits for its answer.
#[derive(Clone, Copy)]
pub(super) enum Waiting {
    Async,
    /// With the calling thread.
    Blocking,
}

/// A method of a client with this `body`.
pub(super) fn client_method(
    expansion: &Expansion<'_>,
    method: &Method,
    waiting: Waiting,
    body: TokenStream,
) -> TokenStream {
    let Expansion { vis, private, .. } = expansion;
    let ident = repeated(method.ident());
    let attrs = method
        .attrs()
        .iter()
        .map(|attr| lenient_expectation(attr).unwrap_or_else(|| attr.to_token_stream()));
    let docs = missing_docs(method, waiting);
    let too_many_arguments = (method.args.len() > MAX_ARGS).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "the service declares them")]),
    );
    let params = method.args.iter().map(|arg| {
        let (ident, ty) = (&arg.ident, &arg.ty);
        quote!(#ident: #ty)
    });
    let output = match &method.reply {
        Reply::OneWay => quote!((), #private::CallError),
        Reply::Plain(ty) | Reply::Streaming { declared: ty, .. } => {
            quote!(#ty, #private::CallError)
        }
        Reply::Fallible { value, error, .. } | Reply::FallibleStreaming { value, error, .. } => {
            quote!(#value, #private::CallError<#error>)
        }
    };
    let qualifiers = match waiting {
        Waiting::Async => quote!(#vis async),
        // Compiled where it is called, so that it costs nothing where it is not.
        Waiting::Blocking => quote!(#[inline] #vis),
    };
    quote! {
        #(#attrs)*
        #docs
        #too_many_arguments
        #qualifiers fn #ident(
            &self,
            ctx: #private::Context,
            #(#params),*
        ) -> ::core::result::Result<#output> {
            #body
        }
    }
}

/// What the user's own docs do not say.
fn missing_docs(method: &Method, waiting: Waiting) -> TokenStream {
    let mut lines = Vec::new();
    if !method.docs.contains("# Errors") {
        let (errors, cancel_safety) = errors_doc(&method.reply);
        lines.extend(["", " # Errors", "", errors]);
        if matches!(waiting, Waiting::Async) {
            lines.extend(["", " # Cancel safety", "", cancel_safety]);
        }
    }
    if !method.docs.contains("# Streams") {
        lines.extend(streams_doc(method));
    }
    quote!(#(#[doc = #lines])*)
}

/// When a call fails, and what becomes of one that is not waited for any more.
fn errors_doc(reply: &Reply) -> (&'static str, &'static str) {
    match reply {
        Reply::OneWay => (
            " Fails if the call cannot be sent. What becomes of it then is not known here.",
            " A call that was not sent yet when the future is dropped is never sent.",
        ),
        Reply::Plain(_) | Reply::Streaming { .. } => (
            " Fails if no answer arrives: the connection ends, the deadline passes or the peer \
             declines.",
            " Dropping the future cancels the call, which the peer may have run by then.",
        ),
        Reply::Fallible { .. } | Reply::FallibleStreaming { .. } => (
            " Fails with the service's own error, or if no answer arrives: the connection ends, \
             the \
             deadline passes or the peer declines.",
            " Dropping the future cancels the call, which the peer may have run by then.",
        ),
    }
}

/// How the streams of a method flow; nothing if it has none.
fn streams_doc(method: &Method) -> Vec<&'static str> {
    let returned = method.reply.is_stream().then_some(
        " What is returned outlives the call: items arrive as fast as they are read and no faster, \
         until the end, an error, or the drop of the receiver.",
    );
    let taken = method.takes_stream().then_some(match method.timeout {
        Timeout::Never => {
            " Items are sent as fast as the service reads them. The call has no deadline unless \
             its context sets one."
        }
        Timeout::Unset | Timeout::After(_) => " Items are sent as fast as the service reads them.",
    });
    let texts: Vec<_> = returned.into_iter().chain(taken).collect();
    if texts.is_empty() {
        return Vec::new();
    }
    let texts = texts.into_iter().flat_map(|text| ["", text]);
    ["", " # Streams"].into_iter().chain(texts).collect()
}

/// How many arguments a method of a client can have besides `self` and the context before clippy
/// objects.
const MAX_ARGS: usize = 5;
