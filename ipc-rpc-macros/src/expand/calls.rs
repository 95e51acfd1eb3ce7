//! The calls of a service as values: one variant for each method.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::{Expansion, inherited_attrs, located_at, messages, method};
use crate::model::{Method, Reply};
use crate::names::{MethodNames, repeated};

/// The enum, and the way into it.
pub(super) fn calls(expansion: &Expansion<'_>) -> TokenStream {
    let mut tokens = call_enum(expansion);
    tokens.extend(debug(expansion));
    tokens.extend(entrance(expansion));
    tokens
}

fn call_enum(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        vis,
        service,
        names,
        methods,
        ..
    } = expansion;
    let call = &names.call;
    let doc = format!(
        " A call of the service [`{}`], for `Server::fold`.",
        service.ident.unraw()
    );
    let variants = methods.iter().map(|method| variant(expansion, method));
    quote! {
        #[doc = #doc]
        #vis enum #call {
            #(#variants),*
        }
    }
}

fn variant(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let private = &expansion.private;
    let attrs = inherited_attrs(method);
    let variant = MethodNames::of(expansion.service, method).variant;
    let docs = if method.docs.is_empty() {
        let text = format!(" `{}`", method.ident().unraw());
        quote!(#[doc = #text])
    } else {
        let docs = method.attrs().iter();
        let docs = docs.filter(|attr| attr.path().is_ident("doc"));
        quote!(#(#docs)*)
    };
    let args = method.args.iter().map(|arg| {
        let (ident, ty) = (repeated(&arg.ident), &arg.ty);
        let doc = format!(" The argument `{}`.", arg.ident.unraw());
        quote!(#[doc = #doc] #ident: #ty)
    });
    let reply = has_reply(method).then(|| {
        let declared = messages::declared(&method.reply);
        quote! {
            /// Answers the call.
            reply: #private::CallReply<#declared>
        }
    });
    let fields = args.chain(reply);
    quote! {
        #(#attrs)*
        #docs
        #variant {
            /// Who calls, and until when.
            ctx: #private::Context,
            #(#fields),*
        }
    }
}

/// `Debug` that prints the name of the method only, like that of requests.
fn debug(expansion: &Expansion<'_>) -> TokenStream {
    let call = &expansion.names.call;
    let arms = messages::name_arms(expansion, |name| quote!(f.write_str(#name)));
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #call {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match *self { #(#arms),* }
            }
        }
    }
}

fn entrance(expansion: &Expansion<'_>) -> TokenStream {
    let Expansion {
        names,
        private,
        methods,
        ..
    } = expansion;
    let (call, definition) = (&names.call, &names.definition);
    let arms = methods.iter().map(|method| arm(expansion, method));
    let queue = if methods.is_empty() {
        quote!(_)
    } else {
        quote!(queue)
    };
    quote! {
        #[automatically_derived]
        impl #private::Calls for #call {
            type Definition = #definition;

            #[inline]
            fn enter(
                call: #private::IncomingCall<'_>,
                #queue: &::std::sync::Arc<#private::CallQueue<Self>>,
            ) -> #private::Dispatched {
                match call.method() {
                    #(#arms,)*
                    _ => call.unimplemented(),
                }
            }
        }
    }
}

fn arm(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let cfgs = method.cfgs();
    let id = method::id(method);
    let MethodNames {
        variant, marker, ..
    } = MethodNames::of(expansion.service, method);
    let args = super::args_binding(method);
    let fields = method.args.iter().map(|arg| {
        let ident = repeated(&arg.ident);
        quote!(#ident: args.#ident)
    });
    let (enter, reply) = if has_reply(method) {
        (quote!(queue.enter::<#marker>), Some(quote!(reply)))
    } else {
        (quote!(queue.enter_one_way::<#marker>), None)
    };
    let enter = located_at(enter, method.reply.span(method.ident().span()));
    let fields = fields.chain(reply.clone());
    let reply = reply.into_iter();
    quote! {
        #(#cfgs)*
        #id => #enter(call, |ctx, #args #(, #reply)*| Self::#variant { ctx, #(#fields),* })
    }
}

fn has_reply(method: &Method) -> bool {
    !matches!(method.reply, Reply::OneWay)
}
