// SPDX-License-Identifier: MIT
//! What a loop owns, by number.

use std::cell::RefCell;
use std::mem;

/// Owns values until they are removed. Nothing is dropped while it is borrowed, so that whatever
/// the drop of a value does may come back here.
pub(crate) struct Registry<T> {
    slots: RefCell<Slots<T>>,
}

struct Slots<T> {
    values: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Registry<T> {
    pub(crate) fn new() -> Registry<T> {
        let slots = Slots {
            values: Vec::new(),
            free: Vec::new(),
        };
        Registry {
            slots: RefCell::new(slots),
        }
    }

    /// The key is good until it is removed; then it may be given out again.
    pub(crate) fn insert(&self, value: T) -> usize {
        let mut slots = self.slots.borrow_mut();
        match slots.free.pop() {
            Some(key) => {
                slots.values[key] = Some(value);
                key
            }
            None => {
                slots.values.push(Some(value));
                slots.values.len() - 1
            }
        }
    }

    pub(crate) fn remove(&self, key: usize) -> Option<T> {
        let mut slots = self.slots.borrow_mut();
        let value = slots.values.get_mut(key)?.take()?;
        slots.free.push(key);
        Some(value)
    }

    /// Removes those of which `predicate` is true.
    pub(crate) fn take_if(&self, predicate: impl Fn(&T) -> bool) -> Vec<T> {
        let mut slots = self.slots.borrow_mut();
        let Slots { values, free } = &mut *slots;
        let mut taken = Vec::new();
        for (key, slot) in values.iter_mut().enumerate() {
            if slot.as_ref().map_or(false, &predicate) {
                taken.extend(slot.take());
                free.push(key);
            }
        }
        taken
    }

    pub(crate) fn take_all(&self) -> Vec<T> {
        let mut slots = self.slots.borrow_mut();
        slots.free.clear();
        mem::take(&mut slots.values).into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn a_key_finds_its_value_once() {
        let registry = Registry::new();
        let (a, b) = (registry.insert("a"), registry.insert("b"));
        assert_eq!(registry.remove(a), Some("a"));
        assert_eq!(registry.remove(a), None);
        assert_eq!(registry.insert("c"), a);
        assert_eq!(registry.remove(b), Some("b"));
        assert_eq!(registry.remove(99), None);
    }

    #[test]
    fn some_or_all_can_be_taken() {
        let registry = Registry::new();
        for value in 0..6 {
            registry.insert(value);
        }
        assert_eq!(registry.take_if(|value| value % 2 == 0), [0, 2, 4]);
        registry.insert(6);
        let mut rest = registry.take_all();
        rest.sort_unstable();
        assert_eq!(rest, [1, 3, 5, 6]);
        assert_eq!(registry.insert(7), 0);
    }

    #[test]
    fn a_value_may_use_the_registry_when_it_is_dropped() {
        struct Chain(Rc<Registry<Chain>>, usize);
        impl Drop for Chain {
            fn drop(&mut self) {
                drop(self.0.remove(self.1));
            }
        }
        let registry = Rc::new(Registry::new());
        let last = registry.insert(Chain(Rc::clone(&registry), 99));
        let first = registry.insert(Chain(Rc::clone(&registry), last));
        drop(registry.remove(first));
        assert!(registry.take_all().is_empty());
        assert_eq!(Rc::strong_count(&registry), 1);
    }
}
