"""Roles by what they are, for whoever shows credits: see `functions.release_links.role_categories`."""

from __future__ import annotations

from functions.release_links.role_categories import (
    CATEGORIES,
    PERFORMANCE,
    Category,
    bit_of,
    categories_in,
    categories_of,
    category_of,
    mask_of,
)

__all__ = [
    "CATEGORIES",
    "PERFORMANCE",
    "Category",
    "bit_of",
    "categories_in",
    "categories_of",
    "category_of",
    "mask_of",
]
