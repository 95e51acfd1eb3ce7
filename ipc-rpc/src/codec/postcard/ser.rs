//! Writes postcard, with nesting bounded and short structs refused.

use std::fmt;

use postcard::ser_flavors::Flavor;
use serde::ser::{self, Serialize};

use super::failure::Failure;
use crate::codec::{
    CodecErrorKind,
    limits::{Depth, SPARE_ELEMENTS},
};

/// Appends one value to a buffer.
pub(super) struct Serializer<'out> {
    writer: postcard::Serializer<Append<'out>>,
    start: usize,
    depth: Depth,
    elements: u64,
}

impl<'out> Serializer<'out> {
    pub(super) const fn new(out: &'out mut Vec<u8>) -> Self {
        let start = out.len();
        Self {
            writer: postcard::Serializer {
                output: Append(out),
            },
            start,
            depth: Depth::new(),
            elements: 0,
        }
    }

    /// Checks, now that the size is known, that a reader will put up with the number of elements.
    #[inline]
    pub(super) fn finish(self) -> Result<(), Failure> {
        let written = self.writer.output.0.len() - self.start;
        let limit = written.saturating_add(SPARE_ELEMENTS);
        if self.elements > limit as u64 {
            return Err(Failure::new(CodecErrorKind::TooManyElements {
                elements: self.elements,
                limit,
            }));
        }
        Ok(())
    }

    /// Writes the length of a sequence or map and opens its level.
    #[inline]
    fn open(&mut self, len: Option<usize>) -> Result<&mut Self, Failure> {
        let Some(len) = len else {
            return Err(Failure::new(CodecErrorKind::UnknownLength));
        };
        let len = len as u64;
        self.elements = self.elements.saturating_add(len);
        self.depth.enter()?;
        // Lengths are written as `u64`, whose varint is the one of `usize` on every platform.
        ser::Serializer::serialize_u64(&mut self.writer, len)?;
        Ok(self)
    }

    /// Writes the number of a variant and opens its level.
    #[inline]
    fn open_variant(&mut self, index: u32) -> Result<&mut Self, Failure> {
        self.depth.enter()?;
        ser::Serializer::serialize_u32(&mut self.writer, index)?;
        Ok(self)
    }

    /// Writes the only content of a level and closes it.
    #[inline]
    fn close_with<T: Serialize + ?Sized>(&mut self, content: &T) -> Result<(), Failure> {
        content.serialize(&mut *self)?;
        self.depth.leave();
        Ok(())
    }
}

/// Appends to a vector by slices; the flavor that comes with the format does so byte by byte.
struct Append<'out>(&'out mut Vec<u8>);

impl Flavor for Append<'_> {
    type Output = ();

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Methods that the format crate answers: scalars and strings.
macro_rules! write {
    ($($method:ident($type:ty),)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Failure> {
            Ok(ser::Serializer::$method(&mut self.writer, value)?)
        }
    )*};
}

impl<'a, 'out> ser::Serializer for &'a mut Serializer<'out> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    write! {
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_i128(i128),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_u128(u128),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_str(&str),
        serialize_bytes(&[u8]),
    }

    #[inline]
    fn serialize_u8(self, value: u8) -> Result<(), Failure> {
        self.writer.output.0.push(value);
        Ok(())
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    // As the default, but for a plain loop: it lets the compiler keep the buffer in registers,
    // which takes four tenths off a `Vec<u8>`.
    #[inline]
    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, items: I) -> Result<(), Failure> {
        let items = items.into_iter();
        let (low, high) = items.size_hint();
        let this = self.serialize_seq(high.filter(|high| *high == low))?;
        for item in items {
            item.serialize(&mut *this)?;
        }
        this.depth.leave();
        Ok(())
    }

    // The default would panic where `Display` fails.
    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Failure> {
        Ok(ser::Serializer::collect_str(&mut self.writer, value)?)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Failure> {
        self.serialize_u8(0)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        self.depth.enter()?;
        ser::Serializer::serialize_u8(&mut self.writer, 1)?;
        self.close_with(value)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Failure> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Failure> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
    ) -> Result<(), Failure> {
        self.open_variant(index)?.depth.leave();
        Ok(())
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.depth.enter()?;
        self.close_with(value)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.open_variant(index)?.close_with(value)
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Failure> {
        self.open(len)
    }

    #[inline]
    fn serialize_tuple(self, _len: usize) -> Result<Self, Failure> {
        self.depth.enter()?;
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<Self, Failure> {
        self.serialize_tuple(len)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self, Failure> {
        self.open_variant(index)
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self, Failure> {
        self.open(len)
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Self, Failure> {
        self.serialize_tuple(len)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self, Failure> {
        self.open_variant(index)
    }
}

/// The traits of values with parts: each part is written where it stands, the end closes the level.
macro_rules! parts {
    ($($trait:ident { $($method:ident),* $(; named $named:ident)? })*) => {$(
        impl ser::$trait for &mut Serializer<'_> {
            type Ok = ();
            type Error = Failure;

            $(
                #[inline]
                fn $method<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), Failure> {
                    part.serialize(&mut **self)
                }
            )*

            $(
                #[inline]
                fn $named<T: Serialize + ?Sized>(
                    &mut self,
                    _field: &'static str,
                    part: &T,
                ) -> Result<(), Failure> {
                    part.serialize(&mut **self)
                }

                fn skip_field(&mut self, field: &'static str) -> Result<(), Failure> {
                    Err(Failure::new(CodecErrorKind::SkippedField { field }))
                }
            )?

            #[inline]
            fn end(self) -> Result<(), Failure> {
                self.depth.leave();
                Ok(())
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
