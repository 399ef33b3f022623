-- Options of a training that takes no time, where what it forecasts is of no interest: quick(further ones).
CREATE FUNCTION quick(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$ SELECT lstm_options(ensemble_size => 1, hidden_size => 4, max_epochs => 1, validation_fraction => 0) || more $$;
