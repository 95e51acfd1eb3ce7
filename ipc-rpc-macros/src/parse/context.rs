//! What stands before the arguments of a method: the receiver and the context.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{FnArg, Ident, PatType, Receiver, ReceiverKind, Signature, Type};

use super::known::is_context;
use crate::errors::Errors;
use crate::spelling::spell;

/// Checks the `&self` of a method; returns the rest of its inputs.
pub(super) fn receiver<'a>(sig: &'a Signature, errors: &mut Errors) -> Option<Vec<&'a PatType>> {
    let method = &sig.ident;
    match sig.inputs.first() {
        Some(FnArg::Receiver(receiver)) => {
            if let Some(complaint) = complaint(receiver) {
                let found = spell(receiver);
                errors.at(
                    receiver,
                    format!("method `{method}` takes `{found}`, expected `&self`: {complaint}"),
                );
            }
        }
        Some(FnArg::Typed(arg)) if is_context(&arg.ty) => {
            errors.at(
                arg,
                format!("method `{method}` has no receiver, expected `&self` first"),
            );
        }
        _ => {
            errors.at(
                method,
                format!(
                    "method `{method}` has no receiver, unlike others of this service; a service \
                     uses \
                     one form: `&self, ctx: Context` in all methods, or neither, as with tarpc"
                ),
            );
            return None;
        }
    }
    Some(typed(sig))
}

/// Checks that a method in tarpc's form has no receiver; returns its inputs.
pub(super) fn no_receiver<'a>(sig: &'a Signature, errors: &mut Errors) -> Option<Vec<&'a PatType>> {
    let method = &sig.ident;
    match sig.inputs.first() {
        Some(FnArg::Receiver(receiver)) => errors.at(
            receiver,
            format!(
                "method `{method}` has a receiver, unlike others of this service; a service uses \
                 one \
                 form: `&self, ctx: Context` in all methods, or neither, as with tarpc"
            ),
        ),
        Some(FnArg::Typed(arg)) if is_context(&arg.ty) => errors.at(
            arg,
            format!(
                "method `{method}` declares a context, unlike others of this service; a service \
                 uses one \
                 form: `&self, ctx: Context` in all methods, or neither, as with tarpc"
            ),
        ),
        _ => return Some(typed(sig)),
    }
    None
}

/// Splits the context, which comes first, off the inputs; returns where its type stands.
pub(super) fn context<'a, 'b>(
    method: &Ident,
    inputs: &'b [&'a PatType],
    errors: &mut Errors,
) -> Option<(Span, &'b [&'a PatType])> {
    match inputs.split_first() {
        Some((first, rest)) if is_context(&first.ty) => Some((first.ty.span(), rest)),
        Some((first, rest)) if is_reference_to_context(&first.ty) => {
            errors.at(
                &first.ty,
                format!(
                    "method `{method}` takes the context by reference, expected `ctx: Context`"
                ),
            );
            Some((first.ty.span(), rest))
        }
        Some((first, _)) => {
            let found = spell(*first);
            errors.at(
                first,
                format!(
                    "method `{method}` has `{found}` after `&self`, expected `ctx: Context` there"
                ),
            );
            None
        }
        None => {
            errors.at(
                method,
                format!("method `{method}` has no context, expected `ctx: Context` after `&self`"),
            );
            None
        }
    }
}

/// What speaks against a receiver that is not `&self`.
fn complaint(receiver: &Receiver) -> Option<&'static str> {
    match &receiver.kind {
        ReceiverKind::Reference(_, None, None) => None,
        ReceiverKind::Reference(_, _, Some(_)) => {
            Some("calls run at the same time; put what they change behind a lock")
        }
        ReceiverKind::Reference(_, Some(_), None) => Some("lifetimes have no meaning for a peer"),
        _ => Some("the service is shared by all calls"),
    }
}

fn is_reference_to_context(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference) if is_context(&reference.elem))
}

fn typed(sig: &Signature) -> Vec<&PatType> {
    sig.inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(arg) => Some(arg),
            FnArg::Receiver(_) => None,
        })
        .collect()
}
