-- The published views as they were, under other names: every figure from the shares themselves, in one pass over all of
-- them. The rolled-up figures are checked against these, so their text is taken over and not written a second time.
DO $$
DECLARE
    published TEXT;
BEGIN
    FOREACH published IN ARRAY ARRAY[
        'view_team_velocity', 'view_dora_lead_time', 'view_unattributed_velocity', 'view_unattributed_lead_time'
    ]
    LOOP
        EXECUTE format(
            'CREATE VIEW %I AS %s', replace(published, 'view_', 'computed_'), pg_get_viewdef(published::REGCLASS)
        );
    END LOOP;
END
$$;

COMMENT ON VIEW computed_team_velocity IS 'What view_team_velocity must say, computed from all shares.';
COMMENT ON VIEW computed_dora_lead_time IS 'What view_dora_lead_time must say, computed from all shares.';
COMMENT ON VIEW computed_unattributed_velocity IS 'What view_unattributed_velocity must say, computed from all rests.';
COMMENT ON VIEW computed_unattributed_lead_time IS 'What view_unattributed_lead_time must say, computed from all rests.';
