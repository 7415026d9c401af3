/**
 * What routers to destinations over HTTP have in common, for those of this project and for yours;
 * and one that works with any URL.
 */
@NullMarked
package io.github.nylaswebhook.destination;

import org.jspecify.annotations.NullMarked;
