"""The store on PostgreSQL 15 and newer, through psycopg 3, and an embedded server for those who have none."""
