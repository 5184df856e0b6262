"""The ladder: notices of what is due and overdue, to posts, and the answers that they ask for (F44, F45).

- `posts`: the posts of a city and how each is reached, read and checked (imports no CKAN)
- `adopted`: the posts in force
"""
