//! Lists that are empty as a rule.

use std::{iter, option, vec};

/// A list of what most messages have none of. One word, so that a message without it is moved about and dropped as if there
/// were no such list; with one entry it is one allocation.
#[derive(Debug)]
pub(crate) struct Few<T>(Option<Box<List<T>>>);

#[derive(Debug)]
struct List<T> {
    first: T,
    rest: Vec<T>,
}

impl<T> Few<T> {
    pub(crate) const NONE: Self = Self(None);

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |list| 1 + list.rest.len())
    }

    pub(crate) fn push(&mut self, item: T) {
        match &mut self.0 {
            Some(list) => list.rest.push(item),
            None => *self = iter::once(item).collect(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let list = self.0.iter();
        list.flat_map(|list| iter::once(&list.first).chain(&list.rest))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let list = self.0.iter_mut();
        list.flat_map(|list| iter::once(&mut list.first).chain(&mut list.rest))
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let Some(first) = items.next() else {
            return Self::NONE;
        };
        let rest = items.collect();
        Self(Some(Box::new(List { first, rest })))
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = iter::Chain<option::IntoIter<T>, vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (first, rest) = match self.0 {
            Some(list) => (Some(list.first), list.rest),
            None => (None, Vec::new()),
        };
        first.into_iter().chain(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_what_is_put_into_it_in_order_however_it_is_read() {
        for count in 0..5 {
            let mut pushed = Few::NONE;
            (0..count).for_each(|item| pushed.push(item));
            let collected: Few<_> = (0..count).collect();
            for mut few in [pushed, collected] {
                assert_eq!(few.len(), count);
                assert_eq!(few.is_empty(), count == 0);
                assert!(few.iter().copied().eq(0..count));
                few.iter_mut().for_each(|item| *item += 1);
                assert!(few.into_iter().eq(1..=count));
            }
        }
    }

    #[test]
    fn an_empty_list_takes_one_word() {
        assert_eq!(size_of::<Few<[u64; 9]>>(), size_of::<usize>());
    }
}
