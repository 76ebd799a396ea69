r"""Derivatives of all results with respect to the parameters of a scenario.

At an equilibrium r(x, p) = 0 the state x follows a parameter p by

.. math:: K \frac{dx}{dp} = -\frac{\partial r}{\partial p}

with the tangent K, factorised once per load case. The right-hand side is a difference quotient of the residuals of
models rebuilt on the same cells at neighbouring values of p, in the same state: material parameters change the law of
an item, anatomical measures move the nodes. The derivative of a result q(x, x_0, p), relative to the unloaded state
x_0, is

.. math:: \frac{dq}{dp} = \frac{q(x + e\,x', x_0 + e\,x_0', p + e) - q(x - e\,x', x_0 - e\,x_0', p - e)}{2e}
"""
