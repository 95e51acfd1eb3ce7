//! The client that blocks: the methods of the other one, each waited for by the calling thread.

use proc_macro2::TokenStream;
use quote::quote;

use super::Expansion;
use super::client::{Waiting, client_method};
use crate::model::Method;
use crate::names::repeated;

/// The client with everything it can do.
pub(super) fn client(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        names,
        private,
        methods,
        ..
    } = expansion;
    let (client, blocking) = (&names.client, &names.blocking);
    let doc = format!(
        " [`{client}`] for threads without a runtime: calls block the thread until there is an \
         answer."
    );
    let origin =
        format!(" `{client}::connect(..).blocking()` makes one. Clones share one connection.");
    let allow_deprecated = expansion.allow_deprecated();
    let methods = methods
        .iter()
        .map(|method| blocking_method(expansion, method));
    quote! {
        #[doc = #doc]
        #[doc = ""]
        #[doc = #origin]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #blocking {
            client: #private::Blocking<#client>,
        }

        #[automatically_derived]
        impl #private::IntoBlocking for #client {
            type Blocking = #blocking;

            fn into_blocking(self) -> #blocking {
                #blocking { client: #private::Blocking::new(self, |client| &client.caller) }
            }
        }

        #allow_deprecated
        impl #blocking {
            /// The connection that calls travel over.
            #[inline]
            #vis fn connection(&self) -> #private::BlockingConnection {
                self.client.connection()
            }

            /// Whether the peer has the method with this name on the wire.
            #[inline]
            #vis fn supports(
                &self,
                method: &::core::primitive::str,
            ) -> ::core::primitive::bool {
                self.client.client().supports(method)
            }

            #(#methods)*
        }
    }
}

fn blocking_method(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let ident = repeated(method.ident());
    let fields = method.args.iter().map(|arg| repeated(&arg.ident));
    let body = quote!(self.client.wait(self.client.client().#ident(ctx, #(#fields),*)));
    client_method(expansion, method, Waiting::Blocking, body)
}
