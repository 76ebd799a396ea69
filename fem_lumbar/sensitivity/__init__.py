r"""Derivatives of every result with respect to the numbers of a scenario.

At an equilibrium r(x, p) = 0 the state x follows a parameter p by

.. math:: K \frac{dx}{dp} = -\frac{\partial r}{\partial p}

with the tangent K, which is factorised once per load case. The right-hand side is a difference of the residual of
models rebuilt on the same cells at neighbouring values of p, with the same state: material values change the law of an
item, anatomical measures move the nodes. A result q(x, x_0, p), counted from the unloaded state x_0, follows by

.. math:: \frac{dq}{dp} = \frac{q(x + e\,x', x_0 + e\,x_0', p + e) - q(x - e\,x', x_0 - e\,x_0', p - e)}{2e}
"""
