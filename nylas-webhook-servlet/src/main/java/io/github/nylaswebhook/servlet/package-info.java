/** The endpoint as a servlet. */
@NullMarked
package io.github.nylaswebhook.servlet;

import org.jspecify.annotations.NullMarked;
