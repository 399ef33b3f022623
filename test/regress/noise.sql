-- Numbers that look random but are the same everywhere, for i and k: u in (0, 1), g about normal.
CREATE FUNCTION u(i bigint, k bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT ((hashint8(i * 7919 + k * 104729) & 1048575) + 0.5) / 1048576.0 $$;
CREATE FUNCTION g(i bigint, k bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT sqrt(-2 * ln(u(i, k))) * cos(2 * pi() * u(i, k + 1)) $$;
