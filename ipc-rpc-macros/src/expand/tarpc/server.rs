//! The server, for tarpc's transports and for our own connections.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::super::Expansion;
use crate::names::{MethodNames, local};

/// The serving function, as tarpc calls it.
pub(in crate::expand) fn server(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        names,
        ..
    } = expansion;
    let server = &names.server;
    let doc = format!(
        " Serves an implementation of [`{}`]: a clone of it for each call.",
        service.ident.unraw()
    );
    let name = server.to_string();
    let serve = serve(expansion);
    let dispatch = dispatch(expansion);
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone)]
        #vis struct #server<S> {
            service: S,
        }

        #[automatically_derived]
        impl<S> ::core::fmt::Debug for #server<S> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name).finish_non_exhaustive()
            }
        }

        #serve
        #dispatch
    }
}

fn serve(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        service,
        methods,
        names,
        private,
        ..
    } = expansion;
    let (ident, server) = (&service.ident, &names.server);
    let (request, response) = (&names.request, &names.response);
    let allow_deprecated = expansion.allow_deprecated();
    let ctx = local("ctx");
    let arms = methods.iter().map(|method| {
        let cfgs = method.cfgs();
        let variant = MethodNames::of(service, method).variant;
        let method_ident = method.ident();
        let fields: Vec<_> = method.args.iter().map(|arg| &arg.ident).collect();
        quote! {
            #(#cfgs)*
            #request::#variant { #(#fields),* } => ::core::result::Result::Ok(
                #response::#variant(
                    <S as #ident>::#method_ident(self.service, #ctx, #(#fields),*).await
                )
            )
        }
    });
    let ctx_binding = if methods.is_empty() {
        quote!(_)
    } else {
        quote!(#ctx)
    };
    quote! {
        #allow_deprecated
        #[automatically_derived]
        impl<S> #private::tarpc::server::Serve for #server<S>
        where
            S: #ident,
        {
            type Req = #request;
            type Resp = #response;

            async fn serve(
                self,
                #ctx_binding: #private::tarpc::context::Context,
                request: #request,
            ) -> ::core::result::Result<#response, #private::tarpc::ServerError> {
                match request { #(#arms),* }
            }
        }
    }
}

fn dispatch(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        service,
        names,
        private,
        ..
    } = expansion;
    let (ident, server, definition) = (&service.ident, &names.server, &names.definition);
    let allow_deprecated = expansion.allow_deprecated();
    quote! {
        #allow_deprecated
        #[automatically_derived]
        impl<S> #private::Service for #server<S>
        where
            S: #ident
                + ::core::clone::Clone
                + ::core::marker::Send
                + ::core::marker::Sync
                + 'static,
        {
            fn descriptor(&self) -> &'static #private::ServiceDescriptor {
                <#definition as #private::ServiceDefinition>::DESCRIPTOR
            }

            fn dispatch(&self, call: #private::IncomingCall<'_>) -> #private::Dispatched {
                call.run_serve::<#definition, _, _>(|ctx, request| {
                    #private::tarpc::server::Serve::serve(
                        ::core::clone::Clone::clone(self),
                        ctx,
                        request,
                    )
                })
            }
        }
    }
}
