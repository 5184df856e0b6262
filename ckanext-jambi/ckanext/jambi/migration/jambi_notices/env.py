from ckanext.jambi.migration.environment import run

run("jambi_notices")
