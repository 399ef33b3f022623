/*
 * vector.h
 *	  Loads, stores and activations of whole vectors, for kernels_simd.h.
 *
 * Over the same definitions of the including file. Arithmetic is GCC's own on
 * vector types; it does not fuse, so multiply_add is said where it is meant.
 */
#ifndef LF_VECTOR_H
#define LF_VECTOR_H

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE vector
load(const float *p)
{
	return *(const vector *) p;
}

INLINE void
store(float *p, vector v)
{
	*(vector *) p = v;
}

INLINE void
add_to(float *p, vector v)
{
	store(p, load(p) + v);
}

/*
 * tanh(x) = x P(x^2) / Q(x^2), both of degree 4, fitted for least relative error
 * on [0, 7.96], where the result becomes 1 to within float's precision. At most
 * 2.7e-7 off, relative, and never beyond 1 in size.
 */
INLINE vector
tanh_vector(vector x)
{
	const vector t = clamp(x, 7.96f);
	const vector y = t * t;
	vector p = splat(1.530960697e-08f);
	vector q = splat(8.553100949e-07f);

	p = multiply_add(p, y, splat(2.194637503e-05f));
	q = multiply_add(q, y, splat(3.416267727e-04f));
	p = multiply_add(p, y, splat(3.574577077e-03f));
	q = multiply_add(q, y, splat(2.617564604e-02f));
	p = multiply_add(p, y, splat(1.344696616e-01f));
	q = multiply_add(q, y, splat(4.678029377e-01f));
	p = multiply_add(p, y, splat(9.999999939e-01f));
	q = multiply_add(q, y, splat(1.0f));
	return t * p / q;
}

INLINE vector
sigmoid_vector(vector x)
{
	return multiply_add(tanh_vector(x * splat(0.5f)), splat(0.5f), splat(0.5f));
}

#endif
