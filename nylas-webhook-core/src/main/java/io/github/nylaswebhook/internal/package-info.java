/** Shared inside the core; not exported. */
@NullMarked
package io.github.nylaswebhook.internal;

import org.jspecify.annotations.NullMarked;
