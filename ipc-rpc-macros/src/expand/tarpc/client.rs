//! The client over any of tarpc's stubs.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::super::messages::declared;
use super::super::{Expansion, lenient_expectation};
use crate::model::Method;
use crate::names::{MethodNames, local, repeated};

/// The trait of stubs, and the client.
pub(in crate::expand) fn client(expansion: &Expansion<'_>) -> TokenStream {
    let mut tokens = stub(expansion);
    tokens.extend(declaration(expansion));
    tokens.extend(constructors(expansion));
    tokens.extend(methods(expansion));
    tokens
}

fn stub(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        names,
        private,
        ..
    } = expansion;
    let stub = &names.stub;
    let (request, response) = (&names.request, &names.response);
    let doc = format!(" The stub trait for service [`{}`].", service.ident.unraw());
    quote! {
        #[doc = #doc]
        #vis trait #stub: #private::tarpc::client::stub::Stub<Req = #request, Resp = #response> {}

        #[automatically_derived]
        impl<S> #stub for S
        where
            S: #private::tarpc::client::stub::Stub<Req = #request, Resp = #response>,
        {}
    }
}

fn declaration(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        names,
        private,
        ..
    } = expansion;
    let client = &names.client;
    let (request, response) = (&names.request, &names.response);
    let doc = format!(
        " The client stub that makes RPC calls to a server of [`{}`].",
        service.ident.unraw()
    );
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #client<Stub = #private::tarpc::client::Channel<#request, #response>>(Stub);
    }
}

fn constructors(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        names,
        private,
        ..
    } = expansion;
    let client = &names.client;
    let (request, response) = (&names.request, &names.response);
    quote! {
        impl #client {
            /// Returns a new client stub that sends requests over the given transport.
            #vis fn new<T>(
                config: #private::tarpc::client::Config,
                transport: T,
            ) -> #private::tarpc::client::NewClient<
                Self,
                #private::tarpc::client::RequestDispatch<#request, #response, T>,
            >
            where
                T: #private::tarpc::Transport<
                    #private::tarpc::ClientMessage<#request>,
                    #private::tarpc::Response<#response>,
                >,
            {
                let new_client = #private::tarpc::client::new(config, transport);
                #private::tarpc::client::NewClient {
                    client: Self(new_client.client),
                    dispatch: new_client.dispatch,
                }
            }
        }

        impl<Stub> ::core::convert::From<Stub> for #client<Stub>
        where
            Stub: #private::tarpc::client::stub::Stub<Req = #request, Resp = #response>,
        {
            /// Returns a new client stub that sends requests over the given stub.
            fn from(stub: Stub) -> Self {
                Self(stub)
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
    let (client, request, response) = (&names.client, &names.request, &names.response);
    let methods = methods.iter().map(|method| {
        let variant = MethodNames::of(expansion.service, method).variant;
        let fields = method.args.iter().map(|arg| &arg.ident);
        let (ctx, answer) = (local("ctx"), local("answer"));
        let body = quote! {
            let #answer = self.0.call(#ctx, #request::#variant { #(#fields),* });
            async move {
                match #answer.await? {
                    #response::#variant(value) => ::core::result::Result::Ok(value),
                    #[allow(unreachable_patterns, reason = "a service may have one method only")]
                    _ => ::core::result::Result::Err(#private::foreign_response()),
                }
            }
        };
        client_method(expansion, method, body)
    });
    Some(quote! {
        impl<Stub> #client<Stub>
        where
            Stub: #private::tarpc::client::stub::Stub<Req = #request, Resp = #response>,
        {
            #(#methods)*
        }
    })
}

/// A method of the client with this `body`, which makes the future.
pub(in crate::expand) fn client_method(
    expansion: &Expansion<'_>,
    method: &Method,
    body: TokenStream,
) -> TokenStream {
    let Expansion { vis, private, .. } = expansion;
    let ident = repeated(method.ident());
    let ctx = local("ctx");
    let attrs = method
        .attrs()
        .iter()
        .map(|attr| lenient_expectation(attr).unwrap_or_else(|| attr.to_token_stream()));
    let params = method.args.iter().map(|arg| {
        let (ident, ty) = (&arg.ident, &arg.ty);
        quote!(#ident: #ty)
    });
    let output = declared(&method.reply);
    quote! {
        #(#attrs)*
        #vis fn #ident(
            &self,
            #ctx: #private::tarpc::context::Context,
            #(#params),*
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<#output, #private::tarpc::client::RpcError>,
        > + '_ {
            #body
        }
    }
}
