//! Nothing.

use std::fmt;
use std::time::Duration;

use super::{Figures, Role};

pub(crate) struct Meter;

impl Meter {
    pub(crate) const fn new(_: Role) -> Self {
        Self
    }

    #[inline]
    pub(crate) const fn publish(&self, _: News) {}

    #[inline]
    pub(crate) const fn received(&self, _: usize) {}

    #[inline]
    pub(crate) const fn frames(&self, _: &mut FrameSizes) {}

    #[inline]
    pub(crate) const fn ping<E>(&self, _: &Result<Duration, E>) {}
}

#[derive(Debug)]
pub(crate) struct Seen;

impl Seen {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline]
    pub(crate) const fn sent(&mut self, _: usize) {}

    #[inline]
    pub(crate) fn look(&mut self, _: impl FnOnce() -> Figures) -> News {
        News
    }
}

#[must_use]
pub(crate) struct News;

#[derive(Debug, Default)]
pub(crate) struct FrameSizes;

impl FrameSizes {
    #[inline]
    pub(crate) const fn note(&mut self, _: usize) {}
}

pub(crate) struct Handshake;

impl Handshake {
    pub(crate) const fn begin(_: Role) -> Self {
        Self
    }

    pub(crate) const fn end(self) {}
}

pub(crate) const fn rejected(_: &impl fmt::Display) {}

pub(crate) const fn accept_failed(_: bool) {}
