//! What the bulk fill of a graph server writes, made from stored documents: the rules of `functions/projection` and of
//! `functions/load_graph/bulk`, byte for byte.

pub mod bindings;
mod edge_order;
mod edge_table;
mod element_lines;
mod found;
mod id_map;
mod import_file;
mod import_lines;
mod json_reader;
mod json_text;
mod named;
mod project;
mod roles;
mod slice;
