//! Carries patches over.
