//! Types that are known by their names, through whatever path: `Context`, `Result` and `Receiver`.

use syn::{GenericArgument, PathArguments, PathSegment, Type, TypePath};

/// A type that is called `Receiver`.
pub(super) enum Stream<'a> {
    /// `Receiver<T>`, with this `T`.
    Of(&'a Type),
    /// Anything else than one type in angle brackets, or nothing.
    Malformed,
}

/// Whether `ty` is called `Context`.
pub(super) fn is_context(ty: &Type) -> bool {
    path(ty).and_then(|path| segment(path, "Context")).is_some()
}

/// The types between the angle brackets of a `Result`.
pub(super) fn result(ty: &Type) -> Option<Vec<&Type>> {
    let result = path(ty).and_then(|path| segment(path, "Result"))?;
    let types = arguments(result).filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some(types.collect())
}

/// What a `Receiver` receives.
pub(super) fn stream(ty: &Type) -> Option<Stream<'_>> {
    path(ty).and_then(stream_path)
}

/// The same for a path. An associated type is somebody else's `Receiver`.
pub(super) fn stream_path(path: &TypePath) -> Option<Stream<'_>> {
    if path.qself.is_some() {
        return None;
    }
    let mut arguments = arguments(segment(path, "Receiver")?);
    Some(match (arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(item)), None) => Stream::Of(item),
        _ => Stream::Malformed,
    })
}

/// The path that `ty` consists of.
fn path(ty: &Type) -> Option<&TypePath> {
    match ty {
        Type::Path(path) => Some(path),
        Type::Group(group) => path(&group.elem),
        Type::Paren(paren) => path(&paren.elem),
        _ => None,
    }
}

/// The last segment of `path`, if it is called `name`.
fn segment<'a>(path: &'a TypePath, name: &str) -> Option<&'a PathSegment> {
    path.path.segments.last().filter(|last| last.ident == name)
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}
