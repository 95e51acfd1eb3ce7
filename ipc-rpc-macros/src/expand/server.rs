//! The server: leads each call to its method.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::ext::IdentExt;

use super::{Expansion, args_binding, located_at, method};
use crate::model::{Execution, Method};
use crate::names::{MethodNames, generated};

/// The server with all that can drive it.
pub(super) fn server(expansion: &Expansion<'_>) -> TokenStream {
    let mut tokens = declaration(expansion);
    tokens.extend(dispatch(expansion));
    if !expansion.service.has_streams() {
        tokens.extend(tarpc_serve(expansion));
    }
    tokens
}

fn declaration(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        names,
        ..
    } = expansion;
    let server = &names.server;
    let doc = format!(
        " Serves an implementation of [`{}`] to peers. Clones share it.",
        service.ident.unraw()
    );
    let name = server.to_string();
    quote! {
        #[doc = #doc]
        #vis struct #server<S> {
            service: ::std::sync::Arc<S>,
        }

        impl<S> #server<S> {
            /// Makes a server of `service`.
            #vis fn new(service: S) -> Self {
                Self::from_arc(::std::sync::Arc::new(service))
            }

            /// Makes a server of a service that is used elsewhere, too.
            #vis fn from_arc(service: ::std::sync::Arc<S>) -> Self {
                Self { service }
            }
        }

        #[automatically_derived]
        impl<S> ::core::clone::Clone for #server<S> {
            fn clone(&self) -> Self {
                Self::from_arc(::std::sync::Arc::clone(&self.service))
            }
        }

        #[automatically_derived]
        impl<S> ::core::fmt::Debug for #server<S> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name).finish_non_exhaustive()
            }
        }
    }
}

/// The calls of our own connections.
fn dispatch(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        service,
        methods,
        names,
        private,
        ..
    } = expansion;
    let (ident, server, definition) = (&service.ident, &names.server, &names.definition);
    let allow_deprecated = expansion.allow_deprecated();
    let arms = methods.iter().map(|method| dispatch_arm(expansion, method));
    quote! {
        #allow_deprecated
        #[automatically_derived]
        impl<S> #private::Service for #server<S>
        where
            S: #ident,
        {
            fn descriptor(&self) -> &'static #private::ServiceDescriptor {
                <#definition as #private::ServiceDefinition>::DESCRIPTOR
            }

            fn dispatch(&self, call: #private::IncomingCall<'_>) -> #private::Dispatched {
                match call.method() {
                    #(#arms,)*
                    _ => call.unimplemented(),
                }
            }
        }
    }
}

fn dispatch_arm(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let cfgs = method.cfgs();
    let id = method::id(method);
    let marker = MethodNames::of(expansion.service, method).marker;
    let args = args_binding(method);
    let ctx = context(method);
    let call = call(expansion, method, &quote!(&service), &quote!(#ctx));
    let (run, call) = match method.execution {
        Execution::Async | Execution::Spawned => (
            quote!(call.run::<#marker, _, _, _>),
            quote!(async move { #call.await }),
        ),
        Execution::Blocking => (quote!(call.run_blocking::<#marker, _, _>), call),
    };
    let run = located_at(run, method.reply.span(method.ident().span()));
    quote!(#(#cfgs)* #id => #run(&self.service, |service, #ctx, #args| #call))
}

/// The calls of tarpc's transports, which carry no streams.
fn tarpc_serve(expansion: &Expansion<'_>) -> TokenStream {
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
    let ctx = if methods.is_empty() {
        quote!(_)
    } else {
        quote!(ctx)
    };
    let arms = methods.iter().map(|method| tarpc_arm(expansion, method));
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
                #ctx: #private::tarpc::context::Context,
                request: #request,
            ) -> ::core::result::Result<#response, #private::tarpc::ServerError> {
                match request { #(#arms),* }
            }
        }
    }
}

fn tarpc_arm(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let Expansion { names, private, .. } = expansion;
    let (request, response) = (&names.request, &names.response);
    let cfgs = method.cfgs();
    let variant = MethodNames::of(expansion.service, method).variant;
    let args = args_binding(method);
    let ctx = context(method);
    let converted = quote!(<#private::Context as ::core::convert::From<_>>::from(#ctx));
    let converted = located_at(converted, method.context);
    let call = call(expansion, method, &quote!(&self.service), &converted);
    let answer = match method.execution {
        Execution::Async | Execution::Spawned => {
            quote!(::core::result::Result::Ok(#response::#variant(#call.await)))
        }
        Execution::Blocking => {
            quote!(#private::blocking(move || #call).await.map(#response::#variant))
        }
    };
    quote!(#(#cfgs)* #request::#variant(#args) => #answer)
}

/// The call of the user's method.
fn call(
    expansion: &Expansion<'_>,
    method: &Method,
    service: &TokenStream,
    context: &TokenStream,
) -> TokenStream {
    let (declaration, ident) = (&expansion.service.ident, method.ident());
    let args = method.args.iter().map(|arg| &arg.ident);
    quote!(<S as #declaration>::#ident(#service, #context, #(args.#args),*))
}

/// The context that is passed to the method, at the place of the type it is declared with: if that
/// is some other `Context`, the compiler says so there.
fn context(method: &Method) -> Ident {
    Ident::new("ctx", generated(method.context))
}
