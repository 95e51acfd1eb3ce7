//! A guard around any serializer that counts the levels being written.

use std::fmt::{self, Write};

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::codec::limits::Depth;

/// A serializer, a value, or a compound being written, that passes everything on, but counts.
pub(super) struct Guarded<'l, X> {
    inner: X,
    depth: &'l Depth,
}

impl<'l, X> Guarded<'l, X> {
    #[inline]
    pub(super) const fn new(inner: X, depth: &'l Depth) -> Self {
        Self { inner, depth }
    }
}

impl<T: Serialize + ?Sized> Serialize for Guarded<'_, &T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.serialize(Guarded::new(serializer, self.depth))
    }
}

/// Writes what `write` writes one level deeper.
#[inline]
fn nested<T, E: Error>(depth: &Depth, write: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    depth.enter().map_err(E::custom)?;
    let written = write();
    depth.leave();
    written
}

/// Methods for scalars, which are no level.
macro_rules! scalars {
    ($($method:ident($($arg:ident: $type:ty),*))*) => {$(
        #[inline]
        fn $method(self, $($arg: $type),*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($arg),*)
        }
    )*};
}

/// Methods that open a level which holds one value.
macro_rules! wrappers {
    ($($method:ident($($arg:ident: $type:ty),*))*) => {$(
        #[inline]
        fn $method<T: Serialize + ?Sized>(
            self,
            $($arg: $type,)*
            value: &T,
        ) -> Result<S::Ok, S::Error> {
            let Self { inner, depth } = self;
            nested(depth, || inner.$method($($arg,)* &Guarded::new(value, depth)))
        }
    )*};
}

/// Methods that open a level which [`end`](SerializeSeq::end) closes.
macro_rules! compounds {
    ($($method:ident($($arg:ident: $type:ty),*) -> $compound:ident)*) => {$(
        #[inline]
        fn $method(self, $($arg: $type),*) -> Result<Self::$compound, S::Error> {
            let Self { inner, depth } = self;
            depth.enter().map_err(S::Error::custom)?;
            Ok(Guarded::new(inner.$method($($arg),*)?, depth))
        }
    )*};
}

impl<'l, S: Serializer> Serializer for Guarded<'l, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Guarded<'l, S::SerializeSeq>;
    type SerializeTuple = Guarded<'l, S::SerializeTuple>;
    type SerializeTupleStruct = Guarded<'l, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Guarded<'l, S::SerializeTupleVariant>;
    type SerializeMap = Guarded<'l, S::SerializeMap>;
    type SerializeStruct = Guarded<'l, S::SerializeStruct>;
    type SerializeStructVariant = Guarded<'l, S::SerializeStructVariant>;

    scalars! {
        serialize_bool(value: bool)
        serialize_i8(value: i8) serialize_i16(value: i16) serialize_i32(value: i32)
        serialize_i64(value: i64) serialize_i128(value: i128)
        serialize_u8(value: u8) serialize_u16(value: u16) serialize_u32(value: u32)
        serialize_u64(value: u64) serialize_u128(value: u128)
        serialize_f32(value: f32) serialize_f64(value: f64) serialize_char(value: char)
        serialize_str(value: &str) serialize_bytes(value: &[u8])
        serialize_none() serialize_unit()
        serialize_unit_struct(name: &'static str)
    }

    wrappers! {
        serialize_some()
        serialize_newtype_struct(name: &'static str)
        serialize_newtype_variant(name: &'static str, index: u32, variant: &'static str)
    }

    compounds! {
        serialize_seq(len: Option<usize>) -> SerializeSeq
        serialize_tuple(len: usize) -> SerializeTuple
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct
        serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, len: usize
        ) -> SerializeTupleVariant
        serialize_map(len: Option<usize>) -> SerializeMap
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, len: usize
        ) -> SerializeStructVariant
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        let Self { inner, depth } = self;
        nested(depth, || inner.serialize_unit_variant(name, index, variant))
    }

    // The default would panic where `Display` fails.
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        write!(text, "{value}")
            .map_err(|_| S::Error::custom("a `Display` implementation failed"))?;
        self.inner.serialize_str(&text)
    }
}

/// The traits of values with parts: each part is guarded, the end closes the level.
macro_rules! parts {
    ($($trait:ident { $($method:ident),* $(; named $named:ident)? })*) => {$(
        impl<C: $trait> $trait for Guarded<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            $(
                #[inline]
                fn $method<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), C::Error> {
                    self.inner.$method(&Guarded::new(part, self.depth))
                }
            )*

            $(
                #[inline]
                fn $named<T: Serialize + ?Sized>(
                    &mut self,
                    field: &'static str,
                    part: &T,
                ) -> Result<(), C::Error> {
                    self.inner.$named(field, &Guarded::new(part, self.depth))
                }

                #[inline]
                fn skip_field(&mut self, field: &'static str) -> Result<(), C::Error> {
                    self.inner.skip_field(field)
                }
            )?

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.depth.leave();
                self.inner.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq { serialize_element }
    SerializeTuple { serialize_element }
    SerializeTupleStruct { serialize_field }
    SerializeTupleVariant { serialize_field }
    SerializeMap { serialize_key, serialize_value }
    SerializeStruct {; named serialize_field }
    SerializeStructVariant {; named serialize_field }
}
