"""The ladder: notices of what is due and overdue, to posts, and the answers that they ask for (F44, F45).

- `posts`: the posts of a city and how each is reached, read and checked (imports no CKAN)
- `adopted`: the posts in force
- `panel`: who decides appeals (F29)
- `subjects`: what is owed and not there, with the steps that were told of it
- `waiting`: what waits for a decision, of which nothing is told
- `holders`: who holds a post, and the address
- `letters`: what a notice says
- `links`, `answering`: the link of a notice and the statement that it makes (F19)
- `reviews`: when archives are to be looked at again (F25)
- `climbing`: the duty by the clock: each step once, all of one run for one recipient in one message
"""
