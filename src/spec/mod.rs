//! The person's cluster spec: types, defaults and checks, each fault with its place.
