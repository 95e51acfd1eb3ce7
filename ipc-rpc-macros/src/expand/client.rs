//! The client: one method for each of the service's, and how to come by one.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::{Expansion, lenient_expectation, located_at};
use crate::model::{Method, Reply};
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

            /// The connection that calls travel over.
            #vis fn connection(&self) -> &#private::Connection {
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
        let body = quote!(#call(&self.caller, ctx, #args { #(#fields),* }).await);
        client_method(expansion, method, body)
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

/// A method of the client with this `body`.
pub(super) fn client_method(
    expansion: &Expansion<'_>,
    method: &Method,
    body: TokenStream,
) -> TokenStream {
    let Expansion { vis, private, .. } = expansion;
    let ident = repeated(method.ident());
    let attrs = method
        .attrs()
        .iter()
        .map(|attr| lenient_expectation(attr).unwrap_or_else(|| attr.to_token_stream()));
    let docs = (!method.docs.contains("# Errors")).then(|| errors_doc(&method.reply));
    let too_many_arguments = (method.args.len() > MAX_ARGS).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "the service declares them")]),
    );
    let params = method.args.iter().map(|arg| {
        let (ident, ty) = (&arg.ident, &arg.ty);
        quote!(#ident: #ty)
    });
    let output = match &method.reply {
        Reply::OneWay => quote!((), #private::CallError),
        Reply::Plain(ty) => quote!(#ty, #private::CallError),
        Reply::Fallible { value, error, .. } => quote!(#value, #private::CallError<#error>),
    };
    quote! {
        #(#attrs)*
        #docs
        #too_many_arguments
        #vis async fn #ident(
            &self,
            ctx: #private::Context,
            #(#params),*
        ) -> ::core::result::Result<#output> {
            #body
        }
    }
}

/// What the user's own docs do not say.
fn errors_doc(reply: &Reply) -> TokenStream {
    let (errors, cancel_safety) = match reply {
        Reply::OneWay => (
            " Fails if the call cannot be sent. What becomes of it then is not known here.",
            " A call that was not sent yet when the future is dropped is never sent.",
        ),
        Reply::Plain(_) => (
            " Fails if no answer arrives: the connection ends, the deadline passes or the peer \
             declines.",
            " Dropping the future cancels the call, which the peer may have run by then.",
        ),
        Reply::Fallible { .. } => (
            " Fails with the service's own error, or if no answer arrives: the connection ends, \
             the \
             deadline passes or the peer declines.",
            " Dropping the future cancels the call, which the peer may have run by then.",
        ),
    };
    let lines = [
        "",
        " # Errors",
        "",
        errors,
        "",
        " # Cancel safety",
        "",
        cancel_safety,
    ];
    quote!(#(#[doc = #lines])*)
}

/// How many arguments a method of a client can have besides `self` and the context before clippy
/// objects.
const MAX_ARGS: usize = 5;
