-- What the weights of a model are: the same digest for the same networks.
CREATE FUNCTION weights(model bytea, OUT digest text) LANGUAGE sql AS
$$ SELECT md5(string_agg(tensor || weights::text, '; ' ORDER BY tensor COLLATE "C")) FROM lstm_weights(model) $$;
