//! From a suspect to the owned asset, the delivered copy and the verdict.
