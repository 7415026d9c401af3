/** The endpoint in Spring MVC, and everything around it in Spring Boot. */
@NullMarked
package io.github.nylaswebhook.spring;

import org.jspecify.annotations.NullMarked;
